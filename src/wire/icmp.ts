/**
 * ICMP for IPv4: RFC 792; the next-hop MTU of code 4 is RFC 1191 §4's, the length of the quotation RFC 4884 §4's.
 *
 *   | type:u8 | code:u8 | checksum:u16 | rest of header:u32 | data |
 *
 *   0, 8 ECHO                  | identifier:u16 | sequence:u16 | data |
 *   3 DESTINATION UNREACHABLE  | unused:u16 | next-hop MTU:u16 | IP header and the first octets behind it |
 *   11 TIME EXCEEDED           | unused:u32 | the same |
 *
 * All other types are `unknown` and stay octets.
 */
import { ByteReader, ByteWriter } from './bytes.ts';
import { addWords, foldSum, internetChecksum } from './checksum.ts';
import type { HeaderChecksum } from './ipv4.ts';
import { type ParseResult, parsing } from './wire-error.ts';

export type Icmp = { readonly code: number; readonly checksum: HeaderChecksum } & (
  | {
      readonly kind: 'echo-request' | 'echo-reply';
      readonly id: number;
      readonly sequence: number;
      readonly data: Uint8Array;
    }
  | {
      readonly kind: 'destination-unreachable';
      /** Code 4 only, 0 from routers that do not say. */
      readonly nextHopMtu: number;
      readonly unused?: number;
      /** The datagram it is about, from its IP header on: parseIpv4 reads it, with `missing`; then parseUdp or parseTcp. */
      readonly quoted: Uint8Array;
    }
  | { readonly kind: 'time-exceeded'; readonly unused?: number; readonly quoted: Uint8Array }
  | { readonly kind: 'unknown'; readonly type: number; readonly body: Uint8Array }
);

/** RFC 792, of destination unreachable. */
export const UNREACHABLE_CODE = { net: 0, host: 1, protocol: 2, port: 3, fragmentationNeeded: 4 } as const;

const TYPE = {
  'echo-reply': 0,
  'destination-unreachable': 3,
  'echo-request': 8,
  'time-exceeded': 11,
} as const;

/** Never throws. Data and quotation are views. Errors: WIRE_TRUNCATED at the field that is cut. */
export function parseIcmp(bytes: Uint8Array): ParseResult<Icmp> {
  return parsing((): Icmp => {
    const r = new ByteReader(bytes);
    const type = r.u8('type');
    const code = r.u8('code');
    const checksum = { value: r.u16('checksum'), correct: foldSum(addWords(bytes)) === 0xffff };
    switch (type) {
      case TYPE['echo-request']:
      case TYPE['echo-reply']:
        return {
          kind: type === TYPE['echo-request'] ? 'echo-request' : 'echo-reply',
          code,
          checksum,
          id: r.u16('identifier'),
          sequence: r.u16('sequence number'),
          data: r.rest(),
        };
      case TYPE['destination-unreachable']: {
        const unused = r.u16('unused');
        const nextHopMtu = r.u16('next-hop MTU');
        return {
          kind: 'destination-unreachable',
          code,
          checksum,
          nextHopMtu,
          ...kept(unused),
          quoted: r.rest(),
        };
      }
      case TYPE['time-exceeded']:
        return { kind: 'time-exceeded', code, checksum, ...kept(r.u32('unused')), quoted: r.rest() };
      default:
        return { kind: 'unknown', type, code, checksum, body: r.rest() };
    }
  });
}

function kept(unused: number): { readonly unused?: number } {
  return unused === 0 ? {} : { unused };
}

type Sendable<T> = T extends unknown
  ? Omit<T, 'code' | 'checksum'> & { readonly code?: number; readonly checksum?: HeaderChecksum }
  : never;

/** What serializeIcmp needs: any parsed message is one. */
export type IcmpFields = Sendable<Icmp>;

/**
 * Byte-exact inverse. The checksum is computed unless `checksum.correct` is false: then its value is written as it is, which
 * is the way to send a wrong one. Throws WireError for what does not fit.
 */
export function serializeIcmp(message: IcmpFields): Uint8Array {
  const type = message.kind === 'unknown' ? message.type : TYPE[message.kind];
  const w = new ByteWriter(64).u8('type', type).u8('code', message.code ?? 0);
  w.u16('checksum', message.checksum?.correct === false ? message.checksum.value : 0);
  switch (message.kind) {
    case 'echo-request':
    case 'echo-reply':
      w.u16('identifier', message.id).u16('sequence number', message.sequence).raw(message.data);
      break;
    case 'destination-unreachable':
      w.u16('unused', message.unused ?? 0)
        .u16('next-hop MTU', message.nextHopMtu)
        .raw(message.quoted);
      break;
    case 'time-exceeded':
      w.u32('unused', message.unused ?? 0).raw(message.quoted);
      break;
    case 'unknown':
      w.raw(message.body);
      break;
    default:
      message satisfies never;
  }
  const bytes = w.bytes();
  if (message.checksum?.correct === false) return bytes;
  const computed = internetChecksum(bytes);
  // 0xffff stands for 0 as well; what was read so is written so.
  const sum = computed === 0 && message.checksum?.value === 0xffff ? 0xffff : computed;
  bytes[2] = sum >>> 8;
  bytes[3] = sum & 0xff;
  return bytes;
}

/** `ICMP destination-unreachable port, quotes 56 bytes` */
export function formatIcmp(message: Icmp): string {
  switch (message.kind) {
    case 'echo-request':
    case 'echo-reply':
      return `ICMP ${message.kind} id ${message.id} sequence ${message.sequence}, ${message.data.length} bytes`;
    case 'destination-unreachable': {
      const name = Object.entries(UNREACHABLE_CODE).find(([, code]) => code === message.code)?.[0];
      return `ICMP ${message.kind} ${name ?? `code ${message.code}`}, quotes ${message.quoted.length} bytes`;
    }
    case 'time-exceeded':
      return `ICMP ${message.kind} code ${message.code}, quotes ${message.quoted.length} bytes`;
    case 'unknown':
      return `ICMP type ${message.type} code ${message.code}, ${message.body.length} bytes`;
  }
}
