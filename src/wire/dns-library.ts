/**
 * dns-packet 5.6 behind a door: its exceptions become WireError, its untyped parts get types, and what it would write
 * without a word (a label of 300 octets) is refused. Only dns.ts uses this.
 */
import dnsPacket from 'dns-packet';
import { latin1, u16At } from './bytes.ts';
import type { DnsQuestion, DnsRecord } from './dns.ts';
import { classNumber, typeNumber } from './dns-names.ts';
import { WireError } from './wire-error.ts';

/** Exported by dns-packet (its README shows `record`), missing in its types. */
type Decoder<T> = { readonly decode: { (buffer: Buffer, offset: number): T; readonly bytes: number } };
const library = dnsPacket as unknown as {
  readonly name: Decoder<string>;
  readonly answer: Decoder<Answer>;
  encode(packet: unknown): Buffer;
};

type Answer =
  | { readonly type: 'CNAME' | 'NS' | 'PTR' | 'DNAME'; readonly data: string }
  | { readonly type: 'MX'; readonly data: { readonly preference: number; readonly exchange: string } }
  | { readonly type: 'SRV'; readonly data: Omit<Extract<DnsData, { kind: 'srv' }>, 'kind'> }
  | { readonly type: 'SOA'; readonly data: Omit<Extract<DnsData, { kind: 'soa' }>, 'kind'> }
  | { readonly type: 'TXT'; readonly data: readonly Buffer[] };

type DataOf<K extends DnsRecord['kind']> = Omit<
  Extract<DnsRecord, { readonly kind: K }>,
  keyof DnsQuestion | 'ttl' | 'text'
>;
/** What decodeRecord makes of a record's data: the members of DnsRecord that the library reads. */
export type DnsData = DataOf<'name'> | DataOf<'mx'> | DataOf<'srv'> | DataOf<'soa'> | DataOf<'txt'>;

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Runs one decoder. A read beyond the end is WIRE_TRUNCATED, anything else it objects to WIRE_MALFORMED. */
function decoding<T>(field: string, offset: number, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    const { message } = error as Error;
    const tooShort = error instanceof RangeError || /overflow/i.test(message);
    const code = tooShort ? 'WIRE_TRUNCATED' : 'WIRE_MALFORMED';
    const problem = tooShort ? 'the octets end inside it' : `wanted what RFC 1035 describes, got: ${message}`;
    throw new WireError(code, offset, field, problem);
  }
}

/** A name with its compression followed; `end` is behind its last octet here. Throws WireError. */
export function readName(
  message: Uint8Array,
  offset: number,
  field: string,
): { readonly name: string; readonly end: number } {
  const usual = readUsualName(message, offset);
  if (usual !== undefined) return usual;
  const name = decoding(field, offset, () => library.name.decode(asBuffer(message), offset));
  return { name, end: offset + library.name.decode.bytes };
}

/** RFC 1035 §2.3.4, and the library: 255 octets in all. */
const LONGEST_NAME = 254;

/** Nearly every name asked for: labels of printable ASCII up to the root, without compression. Undefined: let the library see to it. */
function readUsualName(
  message: Uint8Array,
  offset: number,
): { readonly name: string; readonly end: number } | undefined {
  let at = offset;
  for (let length = message[at]; length !== 0; length = message[at]) {
    if (length === undefined || length > 63) return undefined;
    const end = at + 1 + length;
    if (end > message.length || end - offset > LONGEST_NAME) return undefined;
    for (at++; at < end; at++) {
      const octet = message[at] as number;
      if (octet <= 0x20 || octet >= 0x7f) return undefined;
    }
  }
  return { name: at === offset ? '.' : labels(message, offset, at), end: at + 1 };
}

function labels(message: Uint8Array, start: number, end: number): string {
  const text = latin1(message.subarray(start + 1, end));
  let name = '';
  for (let at = start; at < end; at += (message[at] as number) + 1) {
    const from = at - start;
    name += (at === start ? '' : '.') + text.slice(from, from + (message[at] as number));
  }
  return name;
}

/** The data of the record that starts at `start`; `message` must end where the record does. Throws WireError. */
export function decodeRecord(message: Uint8Array, start: number, dataAt: number, field: string): DnsData {
  const answer = decoding(field, dataAt, () => library.answer.decode(asBuffer(message), start));
  if (start + library.answer.decode.bytes > message.length) {
    throw new WireError('WIRE_TRUNCATED', dataAt, field, 'the octets end inside it');
  }
  switch (answer.type) {
    case 'MX':
      return { kind: 'mx', preference: answer.data.preference, exchange: answer.data.exchange };
    case 'SRV': {
      const { priority, weight, port, target } = answer.data;
      return { kind: 'srv', priority, weight, port, target };
    }
    case 'SOA':
      return { kind: 'soa', ...answer.data };
    case 'TXT':
      return { kind: 'txt', strings: answer.data.map((string) => new Uint8Array(string)) };
    default:
      return { kind: 'name', target: answer.data };
  }
}

type Message = {
  readonly id: number;
  readonly isResponse: boolean;
  /** The 15 bits behind QR. */
  readonly bits: number;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
};

/** Throws WireError (WIRE_UNENCODABLE) for names, types and classes that the library cannot write. */
export function encodeMessage(message: Message): Uint8Array {
  const packet = {
    id: message.id,
    type: message.isResponse ? 'response' : 'query',
    flags: message.bits,
    questions: message.questions.map(encodableHead),
    answers: message.answers.map(encodable),
    authorities: message.authorities.map(encodable),
    additionals: message.additionals.map(encodable),
  };
  try {
    return library.encode(packet);
  } catch (error) {
    throw new WireError(
      'WIRE_UNENCODABLE',
      0,
      'message',
      `dns-packet cannot write it: ${(error as Error).message}`,
    );
  }
}

const KNOWN_CLASS = /^(IN|CS|CH|HS|ANY)$/;

function encodableHead(head: DnsQuestion): {
  readonly name: string;
  readonly type: string;
  readonly class: string;
} {
  if (!KNOWN_CLASS.test(head.class)) {
    throw new WireError('WIRE_UNENCODABLE', 0, 'class', `wanted IN, CS, CH, HS or ANY, got "${head.class}"`);
  }
  // By number: the library knows some of our names, and writes 0 for those it does not.
  return { name: encodableName(head.name), type: `UNKNOWN_${typeNumber(head.type)}`, class: head.class };
}

function encodable(record: DnsRecord): object {
  if (record.type === 'OPT' && record.kind === 'unknown') return encodableOpt(record);
  const head = encodableHead(record);
  // `unknown` says that the octets are to be written as they are, whatever the type.
  const type = record.kind === 'unknown' ? head.type : record.type;
  return { ...head, type, ttl: record.ttl, data: encodableData(record) };
}

/** RFC 6891 §6.1.2 and §6.1.3: class is the payload size; ttl is extended rcode, version and flags; data is options. */
function encodableOpt(record: DnsRecord & { readonly kind: 'unknown' }): object {
  const { bytes, ttl } = record;
  const options: { readonly code: number; readonly data: Buffer }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = at + 4 <= bytes.length ? u16At(bytes, at + 2) : Number.POSITIVE_INFINITY;
    if (at + 4 + length > bytes.length) {
      throw new WireError(
        'WIRE_UNENCODABLE',
        at,
        'OPT data',
        `wanted options, got ${bytes.length - at} octets of one`,
      );
    }
    options.push({ code: u16At(bytes, at), data: Buffer.from(bytes.subarray(at + 4, at + 4 + length)) });
    at += 4 + length;
  }
  const udpPayloadSize = classNumber(record.class);
  // The library writes 4096 for 0.
  if (udpPayloadSize === 0)
    throw new WireError('WIRE_UNENCODABLE', 0, 'class', 'wanted a payload size, got 0');
  return {
    type: 'OPT',
    name: record.name,
    udpPayloadSize,
    extendedRcode: ttl >>> 24,
    ednsVersion: (ttl >>> 16) & 0xff,
    flags: ttl & 0xffff,
    options,
  };
}

function encodableData(record: DnsRecord): unknown {
  switch (record.kind) {
    case 'address':
      return record.address;
    case 'name':
      return encodableName(record.target);
    case 'mx':
      return { preference: record.preference, exchange: encodableName(record.exchange) };
    case 'srv': {
      const { priority, weight, port, target } = record;
      return { priority, weight, port, target: encodableName(target) };
    }
    case 'soa':
      return { ...record, mname: encodableName(record.mname), rname: encodableName(record.rname) };
    case 'txt':
      return record.strings.map(encodableString);
    case 'unknown':
      return Buffer.from(record.bytes);
  }
}

/** RFC 1035 §3.3: a character-string has up to 255 octets. */
function encodableString(string: Uint8Array): Buffer {
  if (string.length <= 255) return Buffer.from(string);
  throw new WireError('WIRE_UNENCODABLE', 0, 'TXT data', `wanted up to 255 octets, got ${string.length}`);
}

/** RFC 1035 §2.3.4: labels of 1 to 63 octets, 255 in all. The library writes longer ones, cut and without a word. */
function encodableName(name: string): string {
  const labels = name === '.' ? [] : name.replace(/\.$/, '').split('.');
  const lengths = labels.map((label) => Buffer.byteLength(label));
  const total = lengths.reduce((sum, length) => sum + length + 1, 1);
  if (lengths.some((length) => length < 1 || length > 63) || total > 255) {
    const wanted = 'wanted labels of 1 to 63 octets, 255 in all';
    throw new WireError('WIRE_UNENCODABLE', 0, 'name', `${wanted}, got "${name}"`);
  }
  return name;
}
