/**
 * Options of neighbour discovery messages: RFC 4861 §4.6; RDNSS RFC 8106 §5.1, DNSSL §5.2.
 *
 *   | type:u8 | length in eights of octets:u8 | value |
 *
 *   SOURCE/TARGET LINK-LAYER (1, 2)  | link-layer address |
 *   PREFIX (3)   | prefix length:u8 | L A reserved:6 | valid:u32 | preferred:u32 | reserved:4 | prefix:16 |
 *   MTU (5)      | reserved:2 | mtu:u32 |
 *   RDNSS (25)   | reserved:2 | lifetime:u32 | address:16 * n |
 *
 * An option whose length does not suit its type, or that no netboot client reads (redirected header, DNSSL, nonce), is
 * `unknown` and stays octets.
 */
import {
  type Ipv6Address,
  ipv6FromBytes,
  ipv6ToBytes,
  type MacAddress,
  macFromBytes,
  macToBytes,
} from './address.ts';
import { type ByteReader, ByteWriter, u16At, u32At } from './bytes.ts';
import { WireError } from './wire-error.ts';

/** Octets that a sender must leave 0 and a receiver must ignore are kept as `reserved`, absent when 0. */
export type NdpOption =
  | { readonly kind: 'source-link-layer'; readonly address: MacAddress }
  | { readonly kind: 'target-link-layer'; readonly address: MacAddress }
  | {
      readonly kind: 'prefix';
      readonly prefix: Ipv6Address;
      readonly prefixLength: number;
      readonly onLink: boolean;
      /** A host may make itself an address under the prefix (the A flag). */
      readonly autonomous: boolean;
      /** Seconds; 0xffffffff is for ever. */
      readonly validLifetime: number;
      readonly preferredLifetime: number;
      readonly reserved?: { readonly flags: number; readonly octets: number };
    }
  | { readonly kind: 'mtu'; readonly mtu: number; readonly reserved?: number }
  | {
      readonly kind: 'rdnss';
      /** Seconds. */
      readonly lifetime: number;
      readonly servers: readonly Ipv6Address[];
      readonly reserved?: number;
    }
  | { readonly kind: 'unknown'; readonly type: number; readonly bytes: Uint8Array };

const TYPE = { 'source-link-layer': 1, 'target-link-layer': 2, prefix: 3, mtu: 5, rdnss: 25 } as const;

/** Reads options up to the end. Throws WireError (inside parsing()): WIRE_TRUNCATED, WIRE_MALFORMED for length 0. */
export function readNdpOptions(r: ByteReader): readonly NdpOption[] {
  const options: NdpOption[] = [];
  while (!r.done) {
    const at = r.offset;
    const type = r.u8('option type');
    const length = r.u8('option length');
    // RFC 4861 §4.6: nodes must silently discard a packet that has an option with length zero.
    if (length === 0)
      throw new WireError('WIRE_MALFORMED', at + 1, 'option length', 'wanted at least 1, got 0');
    options.push(readOption(type, r.bytes('option value', length * 8 - 2)));
  }
  return options;
}

function readOption(type: number, bytes: Uint8Array): NdpOption {
  switch (type) {
    case TYPE['source-link-layer']:
    case TYPE['target-link-layer']:
      if (bytes.length !== 6) break;
      return {
        kind: type === TYPE['source-link-layer'] ? 'source-link-layer' : 'target-link-layer',
        address: macFromBytes(bytes),
      };
    case TYPE.prefix:
      if (bytes.length !== 30) break;
      return readPrefix(bytes);
    case TYPE.mtu:
      if (bytes.length !== 6) break;
      return { kind: 'mtu', mtu: u32At(bytes, 2), ...reserved(u16At(bytes, 0)) };
    case TYPE.rdnss:
      if (bytes.length < 22 || bytes.length % 16 !== 6) break;
      return {
        kind: 'rdnss',
        lifetime: u32At(bytes, 2),
        servers: Array.from({ length: (bytes.length - 6) / 16 }, (_, i) => ipv6FromBytes(bytes, 6 + 16 * i)),
        ...reserved(u16At(bytes, 0)),
      };
  }
  return { kind: 'unknown', type, bytes };
}

function readPrefix(bytes: Uint8Array): NdpOption {
  const flagOctet = bytes[1] as number;
  const flags = flagOctet & 0x3f;
  const octets = u32At(bytes, 10);
  return {
    kind: 'prefix',
    prefix: ipv6FromBytes(bytes, 14),
    prefixLength: bytes[0] as number,
    onLink: (flagOctet & 0x80) !== 0,
    autonomous: (flagOctet & 0x40) !== 0,
    validLifetime: u32At(bytes, 2),
    preferredLifetime: u32At(bytes, 6),
    ...(flags === 0 && octets === 0 ? {} : { reserved: { flags, octets } }),
  };
}

function reserved(value: number): { readonly reserved?: number } {
  return value === 0 ? {} : { reserved: value };
}

/** Byte-exact inverse of readNdpOptions. Throws WireError for an unknown option that does not fill its eights of octets. */
export function writeNdpOptions(w: ByteWriter, options: readonly NdpOption[]): void {
  for (const option of options) {
    const { type, bytes } = encodeOption(option);
    if (bytes.length % 8 !== 6) {
      const problem = `wanted 6 octets and a multiple of 8, got ${bytes.length}`;
      throw new WireError('WIRE_UNENCODABLE', w.length, 'option value', problem);
    }
    w.u8('option type', type)
      .u8('option length', (bytes.length + 2) / 8)
      .raw(bytes);
  }
}

function encodeOption(option: NdpOption): { readonly type: number; readonly bytes: Uint8Array } {
  const w = new ByteWriter(30);
  switch (option.kind) {
    case 'source-link-layer':
    case 'target-link-layer':
      w.raw(macToBytes(option.address));
      break;
    case 'prefix': {
      const flags =
        (option.onLink ? 0x80 : 0) | (option.autonomous ? 0x40 : 0) | (option.reserved?.flags ?? 0);
      w.u8('prefix length', option.prefixLength).u8('flags', flags);
      w.u32('valid lifetime', option.validLifetime).u32('preferred lifetime', option.preferredLifetime);
      w.u32('reserved', option.reserved?.octets ?? 0).raw(ipv6ToBytes(option.prefix));
      break;
    }
    case 'mtu':
      w.u16('reserved', option.reserved ?? 0).u32('mtu', option.mtu);
      break;
    case 'rdnss':
      w.u16('reserved', option.reserved ?? 0).u32('lifetime', option.lifetime);
      for (const server of option.servers) w.raw(ipv6ToBytes(server));
      break;
    case 'unknown':
      return { type: option.type, bytes: option.bytes };
    default:
      option satisfies never;
  }
  return { type: TYPE[option.kind], bytes: w.bytes() };
}

/** `prefix fd00::/64`, `dns fd00::53`, `mtu 1500` */
export function formatNdpOption(option: NdpOption): string {
  switch (option.kind) {
    case 'source-link-layer':
    case 'target-link-layer':
      return `${option.kind} ${option.address}`;
    case 'prefix':
      return `prefix ${option.prefix}/${option.prefixLength}`;
    case 'mtu':
      return `mtu ${option.mtu}`;
    case 'rdnss':
      return `dns ${option.servers.join(' ')}`;
    case 'unknown':
      return `option ${option.type}`;
  }
}
