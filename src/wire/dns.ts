/**
 * DNS messages: RFC 1035 §4.1; AAAA RFC 3596, SRV RFC 2782, OPT RFC 6891 §6.1, unknown types RFC 3597.
 *
 *   | id:u16 | QR opcode:4 AA TC RD RA Z AD CD rcode:4 | four counts:u16 | questions | answers | authorities | additionals |
 *
 * Names and records are read and written by the library dns-packet; here it is kept inside each record's octets and its
 * exceptions become values. Record types that no netboot client asks for are `unknown` and stay octets. Not handled: the
 * two-octet length of DNS over TCP. OPT is `unknown`: its payload size is the class, its flags are the ttl. Names are UTF-8 text without the last dot, the root is `.`.
 */
import type { IpAddress } from './address.ts';
import { ipv4FromBytes, ipv6FromBytes } from './address.ts';
import { NO_BYTES, toHex, u16At, u32At } from './bytes.ts';
import { type DnsData, decodeRecord, encodeMessage, readName } from './dns-library.ts';
import { className, typeName } from './dns-names.ts';
import { type ParseResult, parsing, WireError } from './wire-error.ts';

/** Types and classes by name (`A`, `IN`); without one `TYPE65`, `CLASS3` as RFC 3597 §5 writes them. */
export type DnsQuestion = { readonly name: string; readonly type: string; readonly class: string };

export type DnsRecord = DnsQuestion & {
  /** Seconds. */
  readonly ttl: number;
  /** The data as one reads it: an address, a name, `10 mail.example.com`; unknown ones in hex. */
  readonly text: string;
} & (
    | { readonly kind: 'address'; readonly address: IpAddress }
    /** CNAME, NS, PTR, DNAME. */
    | { readonly kind: 'name'; readonly target: string }
    | { readonly kind: 'mx'; readonly preference: number; readonly exchange: string }
    | {
        readonly kind: 'srv';
        readonly priority: number;
        readonly weight: number;
        readonly port: number;
        readonly target: string;
      }
    | {
        readonly kind: 'soa';
        readonly mname: string;
        readonly rname: string;
        readonly serial: number;
        readonly refresh: number;
        readonly retry: number;
        readonly expire: number;
        readonly minimum: number;
      }
    | { readonly kind: 'txt'; readonly strings: readonly Uint8Array[] }
    | { readonly kind: 'unknown'; readonly bytes: Uint8Array }
  );

export type DnsFlags = {
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  readonly z: boolean;
  readonly authenticData: boolean;
  readonly checkingDisabled: boolean;
};

export type DnsMessage = {
  readonly id: number;
  readonly isResponse: boolean;
  /** 0 is a query. */
  readonly opcode: number;
  readonly flags: DnsFlags;
  /** `NOERROR`, `NXDOMAIN`, or `RCODE11`. */
  readonly rcode: string;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
  readonly trailing: Uint8Array;
};

const HEADER = 12;
const RCODES = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
];

/**
 * Never throws. Octets are views. Errors name section and place (`answer 2 name`, `question 1 type`) with the offset of that
 * name or field: WIRE_TRUNCATED where the message ends too early, WIRE_MALFORMED for a name or data that cannot be one.
 */
export function parseDns(bytes: Uint8Array): ParseResult<DnsMessage> {
  return parsing((): DnsMessage => {
    if (bytes.length < HEADER) {
      const offset = bytes.length & ~1;
      const field = ['id', 'flags', 'QDCOUNT', 'ANCOUNT', 'NSCOUNT', 'ARCOUNT'][offset / 2] as string;
      throw new WireError('WIRE_TRUNCATED', offset, field, `need 2 bytes, have ${bytes.length - offset}`);
    }
    const bits = u16At(bytes, 2);
    const at = { offset: HEADER };
    const questions = list(u16At(bytes, 4), (i) => readQuestion(bytes, at, `question ${i}`));
    const answers = list(u16At(bytes, 6), (i) => readRecord(bytes, at, `answer ${i}`));
    const authorities = list(u16At(bytes, 8), (i) => readRecord(bytes, at, `authority ${i}`));
    const additionals = list(u16At(bytes, 10), (i) => readRecord(bytes, at, `additional ${i}`));
    return {
      id: u16At(bytes, 0),
      isResponse: (bits & 0x8000) !== 0,
      opcode: (bits >> 11) & 0xf,
      flags: {
        authoritative: (bits & 0x0400) !== 0,
        truncated: (bits & 0x0200) !== 0,
        recursionDesired: (bits & 0x0100) !== 0,
        recursionAvailable: (bits & 0x0080) !== 0,
        z: (bits & 0x0040) !== 0,
        authenticData: (bits & 0x0020) !== 0,
        checkingDisabled: (bits & 0x0010) !== 0,
      },
      rcode: RCODES[bits & 0xf] ?? `RCODE${bits & 0xf}`,
      questions,
      answers,
      authorities,
      additionals,
      trailing: at.offset === bytes.length ? NO_BYTES : bytes.subarray(at.offset),
    };
  });
}

/** Counted from 1, as one reads messages. */
function list<T>(count: number, read: (i: number) => T): readonly T[] {
  const items: T[] = [];
  for (let i = 1; i <= count; i++) items.push(read(i));
  return items;
}

type Cursor = { offset: number };

function readQuestion(bytes: Uint8Array, at: Cursor, where: string): DnsQuestion {
  const { name, end } = readName(bytes, at.offset, `${where} name`);
  at.offset = need(bytes, end, 4, `${where} type`);
  return { name, type: typeName(u16At(bytes, end)), class: className(u16At(bytes, end + 2)) };
}

function readRecord(bytes: Uint8Array, at: Cursor, where: string): DnsRecord {
  const start = at.offset;
  const { name, end } = readName(bytes, start, `${where} name`);
  const dataAt = need(bytes, end, 10, `${where} type`);
  const type = typeName(u16At(bytes, end));
  const dataEnd = need(bytes, dataAt, u16At(bytes, end + 8), `${where} data`);
  at.offset = dataEnd;
  const head = { name, type, class: className(u16At(bytes, end + 2)), ttl: u32At(bytes, end + 4) };
  const data = bytes.subarray(dataAt, dataEnd);
  switch (type) {
    case 'A':
      if (data.length === 4) return addressRecord(head, ipv4FromBytes(data));
      break;
    case 'AAAA':
      if (data.length === 16) return addressRecord(head, ipv6FromBytes(data));
      break;
    case 'CNAME':
    case 'NS':
    case 'PTR':
    case 'DNAME':
    case 'MX':
    case 'SRV':
    case 'SOA':
    case 'TXT': {
      // Cut at the end of the data: the library must not read on into the next record.
      const decoded = decodeRecord(bytes.subarray(0, dataEnd), start, dataAt, `${where} data`);
      return libraryRecord(head, decoded);
    }
  }
  return { ...head, kind: 'unknown', bytes: data, text: toHex(data) };
}

type RecordHead = DnsQuestion & { readonly ttl: number };

function addressRecord(head: RecordHead, address: IpAddress): DnsRecord {
  return { ...head, kind: 'address', address, text: address };
}

function libraryRecord(head: RecordHead, data: DnsData): DnsRecord {
  switch (data.kind) {
    case 'name':
      return { ...head, ...data, text: data.target };
    case 'mx':
      return { ...head, ...data, text: `${data.preference} ${data.exchange}` };
    case 'srv':
      return { ...head, ...data, text: `${data.priority} ${data.weight} ${data.port} ${data.target}` };
    case 'soa': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = data;
      return { ...head, ...data, text: [mname, rname, serial, refresh, retry, expire, minimum].join(' ') };
    }
    case 'txt': {
      const text = data.strings.map((string) => JSON.stringify(Buffer.from(string).toString('latin1')));
      return { ...head, ...data, text: text.join(' ') };
    }
  }
}

function need(bytes: Uint8Array, at: number, length: number, field: string): number {
  if (at + length > bytes.length) {
    throw new WireError('WIRE_TRUNCATED', at, field, `need ${length} bytes, have ${bytes.length - at}`);
  }
  return at + length;
}

/** A parsed message is one. Left out: id 0, a query without flags, no records. `text` is never read. */
export type DnsFields = Partial<Omit<DnsMessage, 'answers' | 'authorities' | 'additionals'>> & {
  readonly answers?: readonly DnsRecord[];
  readonly authorities?: readonly DnsRecord[];
  readonly additionals?: readonly DnsRecord[];
};

const NO_FLAGS: DnsFlags = {
  authoritative: false,
  truncated: false,
  recursionDesired: false,
  recursionAvailable: false,
  z: false,
  authenticData: false,
  checkingDisabled: false,
};

/**
 * Inverse in meaning, not in octets: names are not compressed. Throws WireError for what does not fit: a label beyond 63
 * octets, a class (but OPT's) that the library cannot write, OPT data that is no list of options.
 */
export function serializeDns(message: DnsFields): Uint8Array {
  const flags = message.flags ?? NO_FLAGS;
  const rcode = message.rcode ?? 'NOERROR';
  const code = RCODES.includes(rcode) ? RCODES.indexOf(rcode) : Number(/^RCODE(\d+)$/.exec(rcode)?.[1] ?? -1);
  if (code < 0 || code > 15) {
    throw new WireError('WIRE_UNENCODABLE', 2, 'rcode', `wanted ${RCODES.join(', ')}, got "${rcode}"`);
  }
  const opcode = message.opcode ?? 0;
  const bits =
    ((opcode & 0xf) << 11) |
    (flags.authoritative ? 0x0400 : 0) |
    (flags.truncated ? 0x0200 : 0) |
    (flags.recursionDesired ? 0x0100 : 0) |
    (flags.recursionAvailable ? 0x0080 : 0) |
    (flags.z ? 0x0040 : 0) |
    (flags.authenticData ? 0x0020 : 0) |
    (flags.checkingDisabled ? 0x0010 : 0) |
    code;
  const encoded = encodeMessage({
    id: message.id ?? 0,
    isResponse: message.isResponse ?? false,
    bits,
    questions: message.questions ?? [],
    answers: message.answers ?? [],
    authorities: message.authorities ?? [],
    additionals: message.additionals ?? [],
  });
  const trailing = message.trailing ?? NO_BYTES;
  const bytes = new Uint8Array(encoded.length + trailing.length);
  bytes.set(encoded);
  bytes.set(trailing, encoded.length);
  return bytes;
}

/** `DNS query 0xfa47 A pxe.example.com`, `DNS response 0xfa47 A pxe.example.com NOERROR 10.188.0.10` */
export function formatDns(message: DnsMessage): string {
  const id = `0x${message.id.toString(16).padStart(4, '0')}`;
  const questions = message.questions.map(
    (question) => `${question.type} ${JSON.stringify(question.name).slice(1, -1)}`,
  );
  const asked = [`DNS ${message.isResponse ? 'response' : 'query'} ${id}`, ...questions].join(' ');
  if (!message.isResponse) return asked;
  const answers = message.answers.map((answer) => JSON.stringify(answer.text).slice(1, -1));
  return [asked, message.rcode, answers.join(', ')].filter((part) => part !== '').join(' ');
}
