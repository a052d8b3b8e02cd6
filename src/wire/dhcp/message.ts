/**
 * DHCP and BOOTP messages: RFC 951 §3, RFC 1542 §2, RFC 2131 §2 Figure 1, RFC 2132 §2, RFC 3396.
 *
 *     0 | op:u8 | htype:u8 | hlen:u8 | hops:u8 |
 *     4 | xid:u32                              |
 *     8 | secs:u16         | flags:u16         |
 *    12 | ciaddr | yiaddr | siaddr | giaddr    |   four octets each
 *    28 | chaddr:16                            |
 *    44 | sname:64                             |
 *   108 | file:128                             |
 *   236 | vend: 63 82 53 63, then ( code:u8 length:u8 data:length )*, PAD 0 and END 255 without a length
 *
 * Parsing keeps what the peer sent (order, duplicates, unknown codes, pads, octets after END) and never judges it.
 * Not handled: DHCPv6 (RFC 8415), which is another protocol.
 */
import { type Ipv4Address, ipv4FromBytes, ipv4ToNumber, type MacAddress, macFromBytes } from '../address.ts';
import { latin1, u16At, u32At } from '../bytes.ts';
import { type ParseResult, WireError } from '../wire-error.ts';

declare const brand: unique symbol;
/** Transaction id, 32 bits unsigned. */
export type Xid = number & { readonly [brand]: 'Xid' };

export const BOOTREQUEST = 1;
export const BOOTREPLY = 2;
/** RFC 2131 §2 Figure 2: the one flag bit that has a meaning. */
export const BROADCAST_FLAG = 0x8000;
export const OPTION_PAD = 0;
export const OPTION_END = 255;
export const OPTION_OVERLOAD = 52;
/** 99.130.83.99: RFC 2132 §2. */
export const MAGIC_COOKIE = 0x63825363;

/** Where the fields start, in octets from the start of the message. */
export const OFFSET = {
  op: 0,
  htype: 1,
  hlen: 2,
  hops: 3,
  xid: 4,
  secs: 8,
  flags: 10,
  ciaddr: 12,
  yiaddr: 16,
  siaddr: 20,
  giaddr: 24,
  chaddr: 28,
  sname: 44,
  file: 108,
  vend: 236,
  options: 240,
} as const;

/** Which part of the message an option stood in (option 52, RFC 2132 §9.3). */
export type OptionArea = 'options' | 'file' | 'sname';

export type DhcpOption = {
  readonly code: number;
  /** A view: without code and length octets. */
  readonly data: Uint8Array;
  /** Of the code octet, from the start of the message. */
  readonly offset: number;
  readonly area: OptionArea;
};

export type DhcpMessage = {
  readonly op: number;
  readonly htype: number;
  readonly hlen: number;
  readonly hops: number;
  readonly xid: Xid;
  readonly secs: number;
  readonly flags: number;
  readonly ciaddr: Ipv4Address;
  readonly yiaddr: Ipv4Address;
  readonly siaddr: Ipv4Address;
  readonly giaddr: Ipv4Address;
  /** All 16 octets, whatever hlen says. */
  readonly chaddr: Uint8Array;
  /** 64 octets. */
  readonly sname: Uint8Array;
  /** 128 octets. */
  readonly file: Uint8Array;
  /** True when the magic cookie opens the vendor area. Else (BOOTP) `options` is empty and the octets are in `vend`. */
  readonly cookie: boolean;
  /** Raw octets after `file` as they came, the cookie included. */
  readonly vend: Uint8Array;
  /**
   * In wire order: options area, then file, then sname where option 52 says so (RFC 2131 §4.1).
   * Duplicates and unknown codes are kept; pads and END are not listed.
   */
  readonly options: readonly DhcpOption[];
  /** Set when an option's length runs over its area: the options before it are still there. */
  readonly optionsError: WireError | undefined;
};

/** Mints an Xid. Throws WireError (WIRE_UNENCODABLE) for what is no unsigned 32-bit integer. */
export function xid(value: number): Xid {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff)
    throw new WireError('WIRE_UNENCODABLE', OFFSET.xid, 'xid', `wanted an integer of 32 bits, got ${value}`);
  return value as Xid;
}

const FIXED_FIELDS = Object.entries(OFFSET).filter(([field]) => field !== 'vend' && field !== 'options');

function fixedFieldsCut(length: number): WireError {
  let at = 0;
  let cut = 'op';
  for (const [field, offset] of FIXED_FIELDS) {
    if (offset > length) break;
    at = offset;
    cut = field;
  }
  const end = FIXED_FIELDS.find(([, offset]) => offset > at)?.[1] ?? OFFSET.vend;
  const want = end - at;
  return new WireError(
    'WIRE_TRUNCATED',
    at,
    cut,
    `need ${want} ${want === 1 ? 'byte' : 'bytes'}, have ${length - at}`,
  );
}

/**
 * Reads one area of top-level options into `options`: PAD is one octet, END stops (RFC 2132 §3), and nothing else is
 * special. Encapsulations (43, 82, 175) have rules of their own and do not come through here.
 */
function readOptionArea(
  bytes: Uint8Array,
  start: number,
  end: number,
  area: OptionArea,
  options: DhcpOption[],
): WireError | undefined {
  let at = start;
  while (at < end) {
    const code = bytes[at] ?? OPTION_END;
    if (code === OPTION_END) return undefined;
    if (code === OPTION_PAD) {
      at++;
      continue;
    }
    const length = at + 1 < end ? bytes[at + 1] : undefined;
    if (length === undefined)
      return new WireError(
        'WIRE_TRUNCATED',
        at + 1,
        `option ${code} length`,
        `need 1 byte, have 0 in ${area}`,
      );
    const next = at + 2 + length;
    if (next > end)
      return new WireError(
        'WIRE_TRUNCATED',
        at + 2,
        `option ${code}`,
        `need ${length} ${length === 1 ? 'byte' : 'bytes'}, have ${end - at - 2} in ${area}`,
      );
    options.push({ code, data: bytes.subarray(at + 2, next), offset: at, area });
    at = next;
  }
  // The end of the area without END: RFC 2131 §4.1 wants one, but nothing is lost by its absence.
  return undefined;
}

/**
 * Reads a UDP payload. Fails (WIRE_TRUNCATED) only where the 236 octets of fixed header are cut; a broken option list is
 * in `optionsError`. Byte fields are views of `bytes`, not copies.
 */
export function parseDhcpMessage(bytes: Uint8Array): ParseResult<DhcpMessage> {
  if (bytes.length < OFFSET.vend) return { ok: false, error: fixedFieldsCut(bytes.length) };
  const cookie = bytes.length >= OFFSET.options && u32At(bytes, OFFSET.vend) === MAGIC_COOKIE;
  const options: DhcpOption[] = [];
  let optionsError: WireError | undefined;
  if (cookie) {
    optionsError = readOptionArea(bytes, OFFSET.options, bytes.length, 'options', options);
    // RFC 2131 §4.1: the option list of `options` is read first, then `file`, then `sname`. An option 52 inside
    // `file` or `sname` has no meaning.
    const overload = overloadOf({ options });
    if ((overload & 1) !== 0) {
      const error = readOptionArea(bytes, OFFSET.file, OFFSET.vend, 'file', options);
      optionsError ??= error;
    }
    if ((overload & 2) !== 0) {
      const error = readOptionArea(bytes, OFFSET.sname, OFFSET.file, 'sname', options);
      optionsError ??= error;
    }
  }
  return {
    ok: true,
    value: {
      op: bytes[OFFSET.op] as number,
      htype: bytes[OFFSET.htype] as number,
      hlen: bytes[OFFSET.hlen] as number,
      hops: bytes[OFFSET.hops] as number,
      xid: u32At(bytes, OFFSET.xid) as Xid,
      secs: u16At(bytes, OFFSET.secs),
      flags: u16At(bytes, OFFSET.flags),
      ciaddr: ipv4FromBytes(bytes, OFFSET.ciaddr),
      yiaddr: ipv4FromBytes(bytes, OFFSET.yiaddr),
      siaddr: ipv4FromBytes(bytes, OFFSET.siaddr),
      giaddr: ipv4FromBytes(bytes, OFFSET.giaddr),
      chaddr: bytes.subarray(OFFSET.chaddr, OFFSET.sname),
      sname: bytes.subarray(OFFSET.sname, OFFSET.file),
      file: bytes.subarray(OFFSET.file, OFFSET.vend),
      cookie,
      vend: bytes.subarray(OFFSET.vend),
      options,
      optionsError,
    },
  };
}

/**
 * Byte-exact inverse of parseDhcpMessage: header fields, then `sname`, `file` and `vend` as they are. `options` is not
 * looked at, since it is a reading of those octets: to change options use buildDhcpMessage.
 * Throws WireError (WIRE_UNENCODABLE) for a number that does not fit its field or an array of another length.
 */
export function serializeDhcpMessage(message: DhcpMessage): Uint8Array {
  const bytes = new Uint8Array(OFFSET.vend + message.vend.length);
  writeFixedHeader(bytes, message);
  putExactly(bytes, 'sname', message.sname, OFFSET.file - OFFSET.sname);
  putExactly(bytes, 'file', message.file, OFFSET.vend - OFFSET.file);
  bytes.set(message.vend, OFFSET.vend);
  return bytes;
}

/** The fields in front of `sname`. */
export type DhcpFixedHeader = Omit<
  DhcpMessage,
  'sname' | 'file' | 'cookie' | 'vend' | 'options' | 'optionsError' | 'xid'
> & { readonly xid: number };

/** Writes octets 0 to 43. For the builder and serializeDhcpMessage; the target is at least 44 octets long. */
export function writeFixedHeader(bytes: Uint8Array, header: DhcpFixedHeader): void {
  bytes[OFFSET.op] = fitting('op', header.op, 8);
  bytes[OFFSET.htype] = fitting('htype', header.htype, 8);
  bytes[OFFSET.hlen] = fitting('hlen', header.hlen, 8);
  bytes[OFFSET.hops] = fitting('hops', header.hops, 8);
  put32(bytes, OFFSET.xid, fitting('xid', header.xid, 32));
  put16(bytes, OFFSET.secs, fitting('secs', header.secs, 16));
  put16(bytes, OFFSET.flags, fitting('flags', header.flags, 16));
  put32(bytes, OFFSET.ciaddr, ipv4ToNumber(header.ciaddr));
  put32(bytes, OFFSET.yiaddr, ipv4ToNumber(header.yiaddr));
  put32(bytes, OFFSET.siaddr, ipv4ToNumber(header.siaddr));
  put32(bytes, OFFSET.giaddr, ipv4ToNumber(header.giaddr));
  putExactly(bytes, 'chaddr', header.chaddr, OFFSET.sname - OFFSET.chaddr);
}

function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

function put32(bytes: Uint8Array, at: number, value: number): void {
  put16(bytes, at, value >>> 16);
  put16(bytes, at + 2, value);
}

function fitting(field: keyof typeof OFFSET, value: number, bits: 8 | 16 | 32): number {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** bits)
    throw new WireError(
      'WIRE_UNENCODABLE',
      OFFSET[field],
      field,
      `wanted an integer of ${bits} bits, got ${value}`,
    );
  return value;
}

function putExactly(
  bytes: Uint8Array,
  field: 'chaddr' | 'sname' | 'file',
  data: Uint8Array,
  length: number,
): void {
  if (data.length !== length)
    throw new WireError(
      'WIRE_UNENCODABLE',
      OFFSET[field],
      field,
      `wanted ${length} octets, got ${data.length}`,
    );
  bytes.set(data, OFFSET[field]);
}

/** All instances of an option, in order options, file, sname; as they came, not joined. */
export function optionInstances(message: DhcpMessage, code: number): readonly DhcpOption[] {
  return message.options.filter((option) => option.code === code);
}

/**
 * The value of an option, its instances concatenated in order options, file, sname (RFC 3396 §7). A view where there is
 * one instance, a copy where there are several, undefined where there is none.
 */
export function optionData(message: DhcpMessage, code: number): Uint8Array | undefined {
  let first: Uint8Array | undefined;
  let several: Uint8Array[] | undefined;
  for (const option of message.options) {
    if (option.code !== code) continue;
    if (first === undefined) first = option.data;
    else if (several === undefined) several = [first, option.data];
    else several.push(option.data);
  }
  return several === undefined ? first : Buffer.concat(several);
}

/**
 * The value of the first option 52: bit 0 says that `file` holds options, bit 1 `sname`. 0 without it. The first is always
 * one of the options area: without it nothing would have been read from the other two.
 */
export function overloadOf(message: Pick<DhcpMessage, 'options'>): number {
  for (const option of message.options) if (option.code === OPTION_OVERLOAD) return option.data[0] ?? 0;
  return 0;
}

function untilNul(field: Uint8Array): string {
  const nul = field.indexOf(0);
  return latin1(nul < 0 ? field : field.subarray(0, nul));
}

/** The name in `file` up to its NUL; empty where there is none, or where option 52 says that the field holds options. */
export function fileName(message: DhcpMessage): string {
  return (overloadOf(message) & 1) === 0 ? untilNul(message.file) : '';
}

/** The name in `sname` up to its NUL; empty where there is none, or where option 52 says that the field holds options. */
export function serverName(message: DhcpMessage): string {
  return (overloadOf(message) & 2) === 0 ? untilNul(message.sname) : '';
}

/** The client's MAC address: the first six octets of `chaddr`, whatever htype and hlen say. */
export function clientMac(message: DhcpMessage): MacAddress {
  return macFromBytes(message.chaddr);
}

/** Broadcast bit: RFC 2131 §2 Figure 2. */
export function wantsBroadcast(message: DhcpMessage): boolean {
  return (message.flags & BROADCAST_FLAG) !== 0;
}
