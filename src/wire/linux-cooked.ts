/**
 * Linux cooked captures, what `tcpdump -i any` writes: LINKTYPE_LINUX_SLL
 * (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html) and LINKTYPE_LINUX_SLL2
 * (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html).
 *
 *   v1   | packet type:u16 | ARPHRD:u16 | address length:u16 | address:8 | protocol:u16 | payload |
 *   v2   | protocol:u16 | reserved:u16 | interface:u32 | ARPHRD:u16 | packet type:u8 | address length:u8 | address:8 | payload |
 *
 * The address is the sender's; the receiver's is lost. Not handled: what the protocol field means for ARPHRD values other
 * than Ethernet's; it stays a number.
 */
import { type MacAddress, macFromBytes } from './address.ts';
import { ByteWriter, u16At, u32At } from './bytes.ts';
import { type ParseResult, truncated } from './wire-error.ts';

/** Linux, include/uapi/linux/if_arp.h. */
export const ARPHRD = { ethernet: 1, loopback: 772, ieee80211: 801, radiotap: 803, netlink: 824 } as const;

/** Below 0x0600 the protocol field holds no EtherType; of these values only one can carry IP. */
export const COOKED_LLC = 0x0004;

/** From the machine that captured: to it, to everybody, to a group, to somebody else, sent by it. Others are left open. */
const PACKET_TYPES = ['to us', 'broadcast', 'multicast', 'to another', 'sent by us'] as const;

export type LinuxCooked = {
  /** Index into PACKET_TYPES, or a value that the registry does not hold. */
  readonly packetType: number;
  readonly hardwareType: number;
  /** As on the wire: may be more than the eight octets that there is room for. */
  readonly addressLength: number;
  /** All eight octets of the field, padding too. */
  readonly address: Uint8Array;
  /** An EtherType, for Ethernet and what looks like it. */
  readonly protocol: number;
  readonly payload: Uint8Array;
};

export type LinuxCooked2 = LinuxCooked & {
  /** Index of the interface on the machine that captured, as `ip link` shows it. */
  readonly interfaceIndex: number;
  /** Must be zero. */
  readonly reserved: number;
};

const HEADER = 16;
const HEADER_2 = 20;
const MAC_LENGTH = 6;

type Field = readonly [field: string, offset: number, length: number];
const FIELDS: readonly Field[] = [
  ['packet type', 0, 2],
  ['ARPHRD', 2, 2],
  ['address length', 4, 2],
  ['address', 6, 8],
  ['protocol', 14, 2],
];
const FIELDS_2: readonly Field[] = [
  ['protocol', 0, 2],
  ['reserved', 2, 2],
  ['interface', 4, 4],
  ['ARPHRD', 8, 2],
  ['packet type', 10, 1],
  ['address length', 11, 1],
  ['address', 12, 8],
];

/** Never throws. Address and payload are views. Errors: WIRE_TRUNCATED at the field the header ends in. */
export function parseLinuxCooked(bytes: Uint8Array): ParseResult<LinuxCooked> {
  if (bytes.length < HEADER) return cutHeader(FIELDS, bytes.length);
  return {
    ok: true,
    value: {
      packetType: u16At(bytes, 0),
      hardwareType: u16At(bytes, 2),
      addressLength: u16At(bytes, 4),
      address: bytes.subarray(6, 14),
      protocol: u16At(bytes, 14),
      payload: bytes.subarray(HEADER),
    },
  };
}

/** Never throws. Address and payload are views. Errors: WIRE_TRUNCATED at the field the header ends in. */
export function parseLinuxCooked2(bytes: Uint8Array): ParseResult<LinuxCooked2> {
  if (bytes.length < HEADER_2) return cutHeader(FIELDS_2, bytes.length);
  return {
    ok: true,
    value: {
      protocol: u16At(bytes, 0),
      reserved: u16At(bytes, 2),
      interfaceIndex: u32At(bytes, 4),
      hardwareType: u16At(bytes, 8),
      packetType: bytes[10] as number,
      addressLength: bytes[11] as number,
      address: bytes.subarray(12, 20),
      payload: bytes.subarray(HEADER_2),
    },
  };
}

function cutHeader(fields: readonly Field[], have: number): ReturnType<typeof truncated> {
  const [field, offset, length] = fields.find(([, at, long]) => have < at + long) as Field;
  return truncated(field, offset, length, have - offset);
}

/** The sender, where its address is one of six octets that tells it apart: the loopback's tells nobody apart. */
export function cookedSource(cooked: LinuxCooked): MacAddress | undefined {
  const { addressLength, hardwareType, address } = cooked;
  return addressLength === MAC_LENGTH && hardwareType !== ARPHRD.loopback ? macFromBytes(address) : undefined;
}

/** Byte-exact inverse. */
export function serializeLinuxCooked(cooked: LinuxCooked): Uint8Array {
  return new ByteWriter(HEADER + cooked.payload.length)
    .u16('packet type', cooked.packetType)
    .u16('ARPHRD', cooked.hardwareType)
    .u16('address length', cooked.addressLength)
    .raw(eightOctets(cooked.address))
    .u16('protocol', cooked.protocol)
    .raw(cooked.payload)
    .bytes();
}

/** Byte-exact inverse. */
export function serializeLinuxCooked2(cooked: LinuxCooked2): Uint8Array {
  return new ByteWriter(HEADER_2 + cooked.payload.length)
    .u16('protocol', cooked.protocol)
    .u16('reserved', cooked.reserved)
    .u32('interface', cooked.interfaceIndex)
    .u16('ARPHRD', cooked.hardwareType)
    .u8('packet type', cooked.packetType)
    .u8('address length', cooked.addressLength)
    .raw(eightOctets(cooked.address))
    .raw(cooked.payload)
    .bytes();
}

/** A shorter address is padded with zeros: both formats give it eight octets. */
function eightOctets(address: Uint8Array): Uint8Array {
  const field = new Uint8Array(8);
  field.set(address.subarray(0, 8));
  return field;
}

/** `cooked from 00:12:34:56:78:90 (broadcast) type 0x0800, 46 bytes` */
export function formatLinuxCooked(cooked: LinuxCooked): string {
  const from = cookedSource(cooked) ?? 'nobody known';
  const type = PACKET_TYPES[cooked.packetType] ?? `packet type ${cooked.packetType}`;
  return `cooked from ${from} (${type}) type 0x${cooked.protocol.toString(16).padStart(4, '0')}, ${cooked.payload.length} bytes`;
}
