/**
 * Building DHCP and BOOTP messages, for servers and for crafted clients: RFC 2131 §2 and §4.1, RFC 2132 §9.3 (overload),
 * RFC 3396 §4 to §6 (long options), RFC 1542 §2.1 (300 octets at least).
 *
 * What the specifications forbid is said with `rawOptions(...)`, with octets instead of text in `file` and `sname`, or
 * with `end: false`: never by a value that slips through.
 */
import { type Ipv4Address, type MacAddress, macToBytes, UNSPECIFIED_IPV4 } from '../address.ts';
import { WireError } from '../wire-error.ts';
import {
  BOOTREQUEST,
  type DhcpMessage,
  MAGIC_COOKIE,
  OFFSET,
  OPTION_END,
  OPTION_OVERLOAD,
  OPTION_PAD,
  type OptionArea,
  overloadOf,
  writeFixedHeader,
} from './message.ts';

/** RFC 1542 §2.1: relays and some clients drop shorter messages in silence. */
const MINIMUM_BOOTP_LENGTH = 300;
const HTYPE_ETHERNET = 1;
const CHADDR_LENGTH = 16;
const MAX_OPTION_LENGTH = 255;
const OPTION_MESSAGE_TYPE = 53;

/** One option to send. More than 255 octets are split into several instances, one after the other (RFC 3396 §4). */
export type OptionToSend = {
  readonly code: number;
  readonly data: Uint8Array;
  /** `options` unless said otherwise; `file` and `sname` overload those fields. */
  readonly area?: OptionArea;
};

/** Octets put into an option area as they are: pads, an END in the middle, a length that lies. */
export type RawOptions = { readonly raw: Uint8Array; readonly area?: OptionArea };

export type DhcpMessageSpec = {
  /** BOOTREQUEST (1) unless said otherwise. */
  readonly op?: number;
  /** 1, Ethernet, unless said otherwise. */
  readonly htype?: number;
  /** The length of `chaddr` as given (6 for a MAC address), at most 16, unless said otherwise. */
  readonly hlen?: number;
  readonly hops?: number;
  readonly xid: number;
  readonly secs?: number;
  readonly flags?: number;
  readonly ciaddr?: Ipv4Address;
  readonly yiaddr?: Ipv4Address;
  readonly siaddr?: Ipv4Address;
  readonly giaddr?: Ipv4Address;
  /** A MAC address, or up to 16 octets; the rest is zeros. */
  readonly chaddr: MacAddress | Uint8Array;
  /** Text of up to 63 characters (NUL is added), or up to 64 octets as they are. */
  readonly sname?: string | Uint8Array;
  /** Text of up to 127 characters (NUL is added), or up to 128 octets as they are. */
  readonly file?: string | Uint8Array;
  /** In the order they are to be sent, per area. */
  readonly options?: readonly (OptionToSend | RawOptions)[];
  /** False leaves the cookie away (BOOTP before RFC 1497); options are then raw octets of the vendor area. */
  readonly cookie?: boolean;
  /** False leaves END away, in overloaded fields too. */
  readonly end?: boolean;
  /** Zeros are added after END up to this length of the message; 300 unless said otherwise. */
  readonly minimumLength?: number;
};

/** Octets for an option area that no option has, on purpose. */
export function rawOptions(raw: Uint8Array, area: OptionArea = 'options'): RawOptions {
  return { raw, area };
}

/** Octets that an option takes in its area: two for each part of up to 255, and the data. */
export function encodedOptionLength(data: Uint8Array): number {
  return data.length + 2 * Math.max(1, Math.ceil(data.length / MAX_OPTION_LENGTH));
}

/**
 * A message as octets, ready to send. Option 52 is added after option 53 where an option is placed in `file` or `sname`
 * and the list has no 52 of its own.
 * Throws WireError (WIRE_UNENCODABLE) for what has no encoding: codes 0 and 255, text with NUL or too long for its field, a
 * field that is to be name and options at once, options that do not fit into `file` or `sname`.
 */
export function buildDhcpMessage(spec: DhcpMessageSpec): Uint8Array {
  const options = withOverload(spec.options ?? []);
  const cookie = spec.cookie ?? true;
  const end = spec.end ?? cookie;
  const vendLength = (cookie ? 4 : 0) + areaLength(options, 'options') + (end ? 1 : 0);
  const bytes = zeroed(Math.max(OFFSET.vend + vendLength, spec.minimumLength ?? MINIMUM_BOOTP_LENGTH));

  const chaddr = typeof spec.chaddr === 'string' ? macToBytes(spec.chaddr) : spec.chaddr;
  writeFixedHeader(bytes, {
    op: spec.op ?? BOOTREQUEST,
    htype: spec.htype ?? HTYPE_ETHERNET,
    hlen: spec.hlen ?? Math.min(chaddr.length, CHADDR_LENGTH),
    hops: spec.hops ?? 0,
    xid: spec.xid,
    secs: spec.secs ?? 0,
    flags: spec.flags ?? 0,
    ciaddr: spec.ciaddr ?? UNSPECIFIED_IPV4,
    yiaddr: spec.yiaddr ?? UNSPECIFIED_IPV4,
    siaddr: spec.siaddr ?? UNSPECIFIED_IPV4,
    giaddr: spec.giaddr ?? UNSPECIFIED_IPV4,
    chaddr: padded(chaddr, CHADDR_LENGTH),
  });
  putField(bytes, 'sname', OFFSET.sname, OFFSET.file, spec.sname, options, end);
  putField(bytes, 'file', OFFSET.file, OFFSET.vend, spec.file, options, end);

  let at: number = OFFSET.vend;
  if (cookie) {
    for (let shift = 24; shift >= 0; shift -= 8) bytes[at++] = MAGIC_COOKIE >>> shift;
  }
  at = putArea(bytes, at, options, 'options');
  if (end) bytes[at] = OPTION_END;
  return bytes;
}

/**
 * The spec that builds a parsed message again, octet for octet: its options as entries, and what stands between and after
 * them (pads, END, octets behind END, a cut option) as raw entries. For clients replayed with an option changed: map over
 * `options`; an option to be added goes in front of the raw entry that holds END.
 */
export function specOfMessage(message: DhcpMessage): DhcpMessageSpec {
  const overload = overloadOf(message);
  const { op, htype, hlen, hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr, chaddr, cookie } = message;
  const vendStart = cookie ? OFFSET.options : OFFSET.vend;
  return {
    ...{ op, htype, hlen, hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr, chaddr, cookie },
    ...((overload & 2) === 0 ? { sname: message.sname } : {}),
    ...((overload & 1) === 0 ? { file: message.file } : {}),
    options: [
      ...entriesOfArea(message, 'options', message.vend.subarray(vendStart - OFFSET.vend), vendStart),
      ...((overload & 1) === 0 ? [] : entriesOfArea(message, 'file', message.file, OFFSET.file)),
      ...((overload & 2) === 0 ? [] : entriesOfArea(message, 'sname', message.sname, OFFSET.sname)),
    ],
    end: false,
    minimumLength: 0,
  };
}

/** `octets` is the area, `start` its offset in the message. */
function entriesOfArea(message: DhcpMessage, area: OptionArea, octets: Uint8Array, start: number): Entries {
  const entries: (OptionToSend | RawOptions)[] = [];
  let at = 0;
  for (const option of message.options) {
    if (option.area !== area) continue;
    const offset = option.offset - start;
    if (offset > at) entries.push(rawOptions(octets.subarray(at, offset), area));
    entries.push({ code: option.code, data: option.data, area });
    at = offset + 2 + option.data.length;
  }
  if (at < octets.length) entries.push(rawOptions(octets.subarray(at), area));
  return entries;
}

type Entries = readonly (OptionToSend | RawOptions)[];

/** From Node's pool, as a plain Uint8Array: an array of a message's length is allocated outside the heap, in four times the time. */
function zeroed(length: number): Uint8Array {
  const pooled = Buffer.allocUnsafe(length);
  return new Uint8Array(pooled.buffer, pooled.byteOffset, length).fill(0);
}

const areaOf = (entry: OptionToSend | RawOptions): OptionArea => entry.area ?? 'options';

function withOverload(entries: Entries): Entries {
  let overload = 0;
  for (const entry of entries) {
    if ('code' in entry && entry.code === OPTION_OVERLOAD) return entries;
    if (entry.area === 'file') overload |= 1;
    if (entry.area === 'sname') overload |= 2;
  }
  if (overload === 0) return entries;
  const first = entries[0];
  const after = first !== undefined && 'code' in first && first.code === OPTION_MESSAGE_TYPE ? 1 : 0;
  return entries.toSpliced(after, 0, { code: OPTION_OVERLOAD, data: Uint8Array.of(overload) });
}

function areaLength(entries: Entries, area: OptionArea): number {
  let length = 0;
  for (const entry of entries)
    if (areaOf(entry) === area) length += 'raw' in entry ? entry.raw.length : encodedOptionLength(entry.data);
  return length;
}

/** Writes the entries of one area and returns where they end. The caller has made room. */
function putArea(bytes: Uint8Array, start: number, entries: Entries, area: OptionArea): number {
  let at = start;
  for (const entry of entries) {
    if (areaOf(entry) !== area) continue;
    if ('raw' in entry) {
      bytes.set(entry.raw, at);
      at += entry.raw.length;
      continue;
    }
    const { code, data } = entry;
    if (!Number.isInteger(code) || code <= OPTION_PAD || code >= OPTION_END)
      throw new WireError(
        'WIRE_UNENCODABLE',
        at,
        'option code',
        `wanted 1 to 254, got ${code}`,
        'PAD, END and other octets on purpose go through rawOptions()',
      );
    let from = 0;
    do {
      const length = Math.min(data.length - from, MAX_OPTION_LENGTH);
      bytes[at] = code;
      bytes[at + 1] = length;
      // Octet by octet: options are short, and a view and a call for each took a tenth of a server's time.
      for (let i = 0; i < length; i++) bytes[at + 2 + i] = data[from + i] as number;
      at += 2 + length;
      from += MAX_OPTION_LENGTH;
    } while (from < data.length);
  }
  return at;
}

function putField(
  bytes: Uint8Array,
  field: 'sname' | 'file',
  start: number,
  end: number,
  value: string | Uint8Array | undefined,
  entries: Entries,
  withEnd: boolean,
): void {
  const size = end - start;
  const optionOctets = areaLength(entries, field);
  if (optionOctets > 0) {
    if (value !== undefined && value.length > 0)
      throw unencodable(start, field, 'wanted a name or options, got both');
    // RFC 2131 §4.1: options in `sname` and `file` end with END too.
    const room = withEnd ? size - 1 : size;
    if (optionOctets > room)
      throw unencodable(start, field, `wanted at most ${room} octets of options, got ${optionOctets}`);
    const at = putArea(bytes, start, entries, field);
    if (withEnd) bytes[at] = OPTION_END;
    return;
  }
  if (value === undefined) return;
  if (typeof value !== 'string') {
    if (value.length > size)
      throw unencodable(start, field, `wanted at most ${size} octets, got ${value.length}`);
    bytes.set(value, start);
    return;
  }
  // The NUL is part of the field: RFC 2131 §2 Table 1, "null terminated string".
  if (value.length > size - 1)
    throw unencodable(
      start,
      field,
      `wanted at most ${size - 1} characters and a NUL, got ${value.length}`,
      field === 'file' ? 'a longer name goes into option 67' : 'a longer name goes into option 66',
    );
  for (let i = 0; i < value.length; i++) {
    const character = value.charCodeAt(i);
    if (character === 0 || character > 255)
      throw unencodable(start + i, field, `wanted octets 1 to 255, got character ${character}`);
    bytes[start + i] = character;
  }
}

function unencodable(offset: number, field: string, problem: string, hint?: string): WireError {
  return new WireError('WIRE_UNENCODABLE', offset, field, problem, hint);
}

function padded(octets: Uint8Array, length: number): Uint8Array {
  if (octets.length > length)
    throw unencodable(OFFSET.chaddr, 'chaddr', `wanted at most ${length} octets, got ${octets.length}`);
  if (octets.length === length) return octets;
  const field = new Uint8Array(length);
  field.set(octets);
  return field;
}
