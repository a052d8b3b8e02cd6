/**
 * ICMPv6: RFC 4443 §2.1 (header), §3.1 (destination unreachable), §4 (echo); RFC 4861 §4 (neighbour discovery).
 *
 *   | type:u8 | code:u8 | checksum:u16 | body |
 *
 *   133 ROUTER SOLICITATION     | reserved:4 | options |
 *   134 ROUTER ADVERTISEMENT    | hop limit:u8 | M O reserved:6 | lifetime:u16 | reachable:u32 | retrans:u32 | options |
 *   135 NEIGHBOUR SOLICITATION  | reserved:4 | target:16 | options |
 *   136 NEIGHBOUR ADVERTISEMENT | R S O reserved:29 | target:16 | options |
 *   128, 129 ECHO               | identifier:u16 | sequence:u16 | data |
 *   1 DESTINATION UNREACHABLE   | unused:4 | as much of the packet as fits |
 *
 * All other types are `unknown` and stay octets.
 */
import type { Ipv6Address } from './address.ts';
import { ipv6FromBytes, ipv6ToBytes } from './address.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import {
  type AddressPair,
  type ChecksumState,
  checksumState,
  internetChecksum,
  pseudoHeaderSum,
} from './checksum.ts';
import { IP_PROTOCOL } from './ipv4.ts';
import { formatNdpOption, type NdpOption, readNdpOptions, writeNdpOptions } from './ndp-option.ts';
import { type ParseResult, parsing } from './wire-error.ts';

/** Reserved bits, which senders leave 0 and receivers ignore, are kept; leave them out when building a message. */
type Body =
  | {
      readonly kind: 'router-solicitation';
      readonly reserved?: number;
      readonly options: readonly NdpOption[];
    }
  | {
      readonly kind: 'router-advertisement';
      /** What hosts should put into their own packets; 0: not said. */
      readonly hopLimit: number;
      /** M: addresses by DHCPv6. */
      readonly managed: boolean;
      /** O: other configuration by DHCPv6. */
      readonly otherConfig: boolean;
      /** The other six bits of that octet: H, Prf, P (RFC 4191 and others). */
      readonly reserved?: number;
      /** Seconds; 0: no default router. */
      readonly lifetime: number;
      /** Milliseconds; 0: not said. */
      readonly reachableTime: number;
      readonly retransTimer: number;
      readonly options: readonly NdpOption[];
    }
  | {
      readonly kind: 'neighbour-solicitation';
      readonly target: Ipv6Address;
      readonly reserved?: number;
      readonly options: readonly NdpOption[];
    }
  | {
      readonly kind: 'neighbour-advertisement';
      readonly target: Ipv6Address;
      readonly router: boolean;
      readonly solicited: boolean;
      readonly override: boolean;
      readonly reserved?: number;
      readonly options: readonly NdpOption[];
    }
  | {
      readonly kind: 'echo-request' | 'echo-reply';
      readonly id: number;
      readonly sequence: number;
      readonly data: Uint8Array;
    }
  /** `quoted` starts with the IPv6 header: parseIpv6 reads it, with `missing`. */
  | { readonly kind: 'destination-unreachable'; readonly unused?: number; readonly quoted: Uint8Array }
  | { readonly kind: 'unknown'; readonly type: number; readonly body: Uint8Array };

export type Icmpv6 = { readonly code: number; readonly checksum: number } & Body;

const TYPE = {
  'destination-unreachable': 1,
  'echo-request': 128,
  'echo-reply': 129,
  'router-solicitation': 133,
  'router-advertisement': 134,
  'neighbour-solicitation': 135,
  'neighbour-advertisement': 136,
} as const;

/** Never throws. Errors: WIRE_TRUNCATED at the field that is cut, WIRE_MALFORMED for an option of length 0. */
export function parseIcmpv6(bytes: Uint8Array): ParseResult<Icmpv6> {
  return parsing((): Icmpv6 => {
    const r = new ByteReader(bytes);
    const type = r.u8('type');
    const code = r.u8('code');
    const checksum = r.u16('checksum');
    return { code, checksum, ...readBody(type, r) };
  });
}

function readBody(type: number, r: ByteReader): Body {
  switch (type) {
    case TYPE['destination-unreachable']:
      return { kind: 'destination-unreachable', ...keptAs('unused', r.u32('unused')), quoted: r.rest() };
    case TYPE['echo-request']:
    case TYPE['echo-reply']:
      return {
        kind: type === TYPE['echo-request'] ? 'echo-request' : 'echo-reply',
        id: r.u16('identifier'),
        sequence: r.u16('sequence number'),
        data: r.rest(),
      };
    case TYPE['router-solicitation']:
      return {
        kind: 'router-solicitation',
        ...keptAs('reserved', r.u32('reserved')),
        options: readNdpOptions(r),
      };
    case TYPE['router-advertisement']: {
      const hopLimit = r.u8('cur hop limit');
      const flags = r.u8('flags');
      return {
        kind: 'router-advertisement',
        hopLimit,
        managed: (flags & 0x80) !== 0,
        otherConfig: (flags & 0x40) !== 0,
        ...keptAs('reserved', flags & 0x3f),
        lifetime: r.u16('router lifetime'),
        reachableTime: r.u32('reachable time'),
        retransTimer: r.u32('retrans timer'),
        options: readNdpOptions(r),
      };
    }
    case TYPE['neighbour-solicitation']:
      return {
        kind: 'neighbour-solicitation',
        ...keptAs('reserved', r.u32('reserved')),
        target: ipv6FromBytes(r.bytes('target address', 16)),
        options: readNdpOptions(r),
      };
    case TYPE['neighbour-advertisement']: {
      const flags = r.u32('flags');
      return {
        kind: 'neighbour-advertisement',
        router: (flags & 0x80000000) !== 0,
        solicited: (flags & 0x40000000) !== 0,
        override: (flags & 0x20000000) !== 0,
        ...keptAs('reserved', flags & 0x1fffffff),
        target: ipv6FromBytes(r.bytes('target address', 16)),
        options: readNdpOptions(r),
      };
    }
    default:
      return { kind: 'unknown', type, body: r.rest() };
  }
}

function keptAs<K extends 'reserved' | 'unused'>(name: K, value: number): { readonly [P in K]?: number } {
  return value === 0 ? {} : ({ [name]: value } as { readonly [P in K]: number });
}

type Sendable<T> = T extends unknown
  ? Omit<T, 'code' | 'checksum'> & { readonly code?: number; readonly checksum?: number }
  : never;

/** What serializeIcmpv6 needs: any parsed message is one. */
export type Icmpv6Fields = Sendable<Icmpv6>;

/**
 * With `addresses` (the IPv6 header's) the checksum is computed, whatever `checksum` says. Without, `checksum` is written as
 * it is (left out: 0): the byte-exact inverse, and the way to send a wrong one. Throws WireError for what does not fit.
 */
export function serializeIcmpv6(message: Icmpv6Fields, addresses?: AddressPair): Uint8Array {
  const type = message.kind === 'unknown' ? message.type : TYPE[message.kind];
  const w = new ByteWriter(64).u8('type', type).u8('code', message.code ?? 0);
  w.u16('checksum', addresses === undefined ? (message.checksum ?? 0) : 0);
  writeBody(w, message);
  const bytes = w.bytes();
  if (addresses === undefined) return bytes;
  const sum = internetChecksum(bytes, pseudoHeaderSum(addresses, IP_PROTOCOL.icmpv6, bytes.length));
  bytes[2] = sum >>> 8;
  bytes[3] = sum & 0xff;
  return bytes;
}

function writeBody(w: ByteWriter, message: Icmpv6Fields): void {
  switch (message.kind) {
    case 'destination-unreachable':
      w.u32('unused', message.unused ?? 0).raw(message.quoted);
      break;
    case 'echo-request':
    case 'echo-reply':
      w.u16('identifier', message.id).u16('sequence number', message.sequence).raw(message.data);
      break;
    case 'router-solicitation':
      writeNdpOptions(w.u32('reserved', message.reserved ?? 0), message.options);
      break;
    case 'router-advertisement':
      w.u8('cur hop limit', message.hopLimit);
      w.u8(
        'flags',
        (message.managed ? 0x80 : 0) + (message.otherConfig ? 0x40 : 0) + (message.reserved ?? 0),
      );
      w.u16('router lifetime', message.lifetime);
      w.u32('reachable time', message.reachableTime).u32('retrans timer', message.retransTimer);
      writeNdpOptions(w, message.options);
      break;
    case 'neighbour-solicitation':
      w.u32('reserved', message.reserved ?? 0).raw(ipv6ToBytes(message.target));
      writeNdpOptions(w, message.options);
      break;
    case 'neighbour-advertisement': {
      const flags =
        (message.router ? 0x80000000 : 0) +
        (message.solicited ? 0x40000000 : 0) +
        (message.override ? 0x20000000 : 0);
      w.u32('flags', flags + (message.reserved ?? 0)).raw(ipv6ToBytes(message.target));
      writeNdpOptions(w, message.options);
      break;
    }
    case 'unknown':
      w.raw(message.body);
      break;
    default:
      message satisfies never;
  }
}

/** Judges the checksum of the whole message `bytes`. `missing` is the IPv6 packet's. */
export function icmpv6Checksum(bytes: Uint8Array, addresses: AddressPair, missing = 0): ChecksumState {
  if (missing > 0 || bytes.length < 4) return 'unknown';
  return checksumState(
    bytes,
    (bytes[2] as number) * 256 + (bytes[3] as number),
    addresses,
    IP_PROTOCOL.icmpv6,
  );
}

/** `ICMPv6 router-advertisement lifetime 0, prefix fd00::/64, mtu 1500` */
export function formatIcmpv6(message: Icmpv6): string {
  switch (message.kind) {
    case 'router-solicitation':
      return ['ICMPv6 router-solicitation', ...message.options.map(formatNdpOption)].join(', ');
    case 'router-advertisement': {
      const flags = `${message.managed ? ' managed' : ''}${message.otherConfig ? ' other' : ''}`;
      const head = `ICMPv6 router-advertisement lifetime ${message.lifetime}${flags}`;
      return [head, ...message.options.map(formatNdpOption)].join(', ');
    }
    case 'neighbour-solicitation':
      return `ICMPv6 neighbour-solicitation who has ${message.target}?`;
    case 'neighbour-advertisement':
      return `ICMPv6 neighbour-advertisement ${[message.target, ...message.options.map(formatNdpOption)].join(', ')}`;
    case 'echo-request':
    case 'echo-reply':
      return `ICMPv6 ${message.kind} id ${message.id} sequence ${message.sequence}, ${message.data.length} bytes`;
    case 'destination-unreachable':
      return `ICMPv6 destination-unreachable code ${message.code}`;
    case 'unknown':
      return `ICMPv6 type ${message.type} code ${message.code}, ${message.body.length} bytes`;
  }
}
