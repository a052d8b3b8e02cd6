/**
 * ARP: RFC 826; probes and announcements RFC 5227.
 *
 *   | hardware type:u16 | protocol type:u16 | hardware length:u8 | protocol length:u8 | operation:u16 |
 *   | sender hardware address | sender protocol address | target hardware address | target protocol address |
 *
 * IPv4 over Ethernet is `kind: 'ipv4'`; any other pair of address kinds is `unknown` and stays octets.
 */
import {
  type Ipv4Address,
  ipv4FromBytes,
  ipv4ToBytes,
  type MacAddress,
  macFromBytes,
  macToBytes,
} from './address.ts';
import { ByteReader, ByteWriter, NO_BYTES } from './bytes.ts';
import { type ParseResult, parsing } from './wire-error.ts';

export const ARP_OPERATION = { request: 1, reply: 2 } as const;

export type Arp = { readonly operation: number; readonly trailing: Uint8Array } & (
  | {
      readonly kind: 'ipv4';
      readonly senderMac: MacAddress;
      readonly senderIp: Ipv4Address;
      readonly targetMac: MacAddress;
      readonly targetIp: Ipv4Address;
    }
  | {
      readonly kind: 'unknown';
      readonly hardwareType: number;
      readonly protocolType: number;
      readonly hardwareLength: number;
      readonly protocolLength: number;
      /** Sender and target, hardware and protocol address each, in wire order. */
      readonly addresses: Uint8Array;
    }
);

const ETHERNET = 1;
const IPV4 = 0x0800;

/** Never throws. Errors: WIRE_TRUNCATED at the field that is cut. */
export function parseArp(bytes: Uint8Array): ParseResult<Arp> {
  return parsing((): Arp => {
    const r = new ByteReader(bytes);
    const hardwareType = r.u16('hardware type');
    const protocolType = r.u16('protocol type');
    const hardwareLength = r.u8('hardware length');
    const protocolLength = r.u8('protocol length');
    const operation = r.u16('operation');
    if (hardwareType === ETHERNET && protocolType === IPV4 && hardwareLength === 6 && protocolLength === 4) {
      return {
        kind: 'ipv4',
        operation,
        senderMac: macFromBytes(r.bytes('sender hardware address', 6)),
        senderIp: ipv4FromBytes(r.bytes('sender protocol address', 4)),
        targetMac: macFromBytes(r.bytes('target hardware address', 6)),
        targetIp: ipv4FromBytes(r.bytes('target protocol address', 4)),
        trailing: r.rest(),
      };
    }
    const addresses = r.bytes('addresses', 2 * (hardwareLength + protocolLength));
    return {
      kind: 'unknown',
      operation,
      hardwareType,
      protocolType,
      hardwareLength,
      protocolLength,
      addresses,
      trailing: r.rest(),
    };
  });
}

type WithoutTrailing<T> = T extends unknown
  ? Omit<T, 'trailing'> & { readonly trailing?: Uint8Array }
  : never;

/** What serializeArp needs: any parsed packet is one. */
export type ArpFields = WithoutTrailing<Arp>;

/** Byte-exact inverse. */
export function serializeArp(packet: ArpFields): Uint8Array {
  const w = new ByteWriter(28);
  switch (packet.kind) {
    case 'ipv4':
      w.u16('hardware type', ETHERNET)
        .u16('protocol type', IPV4)
        .u8('hardware length', 6)
        .u8('protocol length', 4);
      w.u16('operation', packet.operation);
      w.raw(macToBytes(packet.senderMac)).raw(ipv4ToBytes(packet.senderIp));
      w.raw(macToBytes(packet.targetMac)).raw(ipv4ToBytes(packet.targetIp));
      break;
    case 'unknown':
      w.u16('hardware type', packet.hardwareType).u16('protocol type', packet.protocolType);
      w.u8('hardware length', packet.hardwareLength).u8('protocol length', packet.protocolLength);
      w.u16('operation', packet.operation).raw(packet.addresses);
      break;
    default:
      packet satisfies never;
  }
  return w.raw(packet.trailing ?? NO_BYTES).bytes();
}

/** `who has 10.188.0.10? tell 10.188.0.66`, `10.188.0.10 is at 52:54:00:00:00:01`, `probe for 10.188.0.66` */
export function formatArp(packet: Arp): string {
  if (packet.kind === 'unknown') {
    return `ARP hardware ${packet.hardwareType} protocol ${packet.protocolType} operation ${packet.operation}`;
  }
  const { senderIp, senderMac, targetIp } = packet;
  switch (packet.operation) {
    case ARP_OPERATION.request:
      // RFC 5227 §1.1: a probe has sender address 0, an announcement asks for the sender's own.
      if (senderIp === '0.0.0.0') return `ARP probe for ${targetIp} by ${senderMac}`;
      if (senderIp === targetIp) return `ARP announcement: ${senderIp} is at ${senderMac}`;
      return `ARP who has ${targetIp}? tell ${senderIp}`;
    case ARP_OPERATION.reply:
      return `ARP ${senderIp} is at ${senderMac}`;
    default:
      return `ARP operation ${packet.operation}, ${senderIp} to ${targetIp}`;
  }
}
