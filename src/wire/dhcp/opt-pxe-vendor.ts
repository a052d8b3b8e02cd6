/**
 * Option 43 between PXE clients and PXE servers: PXE 2.1 Table 2-1; the encapsulation: RFC 2132 §8.4.
 * It means this only where option 60 begins with PXEClient: other vendors put other things into 43.
 *
 *     6 | 1 | discovery control:u8 |
 *     7 | 4 | multicast address:4 |
 *     8 | n | ( type:u16 count:u8 address:4 * count )+ |
 *     9 | n | ( type:u16 length:u8 description:length )+ |
 *    10 | n | timeout:u8, prompt to the end |
 *    12 | n | credential type:u32 * n |
 *    71 | 4 | type:u16 layer:u16 |
 *
 * Not handled: the values of the MTFTP tags 1 to 5, of which 2 and 3 are little-endian ("Intel order"); they are `unknown`.
 */
import { type Ipv4Address, ipv4FromBytes, ipv4ToBytes } from '../address.ts';
import { ByteReader, ByteWriter, latin1, toHex } from '../bytes.ts';
import { type ParseResult, parsing, WireError } from '../wire-error.ts';
import { readEncapsulation, type SubOption, writeEncapsulation } from './encapsulated-options.ts';
import { quoteText, textOption } from './opt-text.ts';

const PXE = {
  discoveryControl: 6,
  discoveryMulticast: 7,
  bootServers: 8,
  bootMenu: 9,
  menuPrompt: 10,
  credentialTypes: 12,
  bootItem: 71,
} as const;

/** Bits of tag 6, and what formatPxeVendorOptions calls them. */
const DISCOVERY: readonly (readonly [bit: number, name: string])[] = [
  [1, 'no broadcast'],
  [2, 'no multicast'],
  [4, 'listed servers only'],
  // Boot the file of this offer at once: no menu, no prompt, no discovery.
  [8, 'use boot file'],
];

/** Tag 10's timeout that waits for a key without end. */
const PROMPT_FOR_EVER = 255;

type PxeBootServers = { readonly type: number; readonly addresses: readonly Ipv4Address[] };
type PxeMenuEntry = { readonly type: number; readonly description: string };

export type PxeItem =
  | { readonly kind: 'discovery-control'; readonly bits: number }
  | { readonly kind: 'discovery-multicast'; readonly address: Ipv4Address }
  | { readonly kind: 'boot-servers'; readonly servers: readonly PxeBootServers[] }
  | { readonly kind: 'boot-menu'; readonly entries: readonly PxeMenuEntry[] }
  /** `timeout` in seconds; 0 takes the first entry at once. */
  | { readonly kind: 'menu-prompt'; readonly timeout: number; readonly prompt: string }
  | { readonly kind: 'credential-types'; readonly types: readonly number[] }
  /** The top bit of `layer` asks for credentials, PXE 2.1 Table 2-1. */
  | { readonly kind: 'boot-item'; readonly type: number; readonly layer: number }
  | { readonly kind: 'pad' }
  | { readonly kind: 'unknown'; readonly code: number; readonly data: Uint8Array }
  /** A tag of the table whose octets do not have the table's form. */
  | {
      readonly kind: 'malformed';
      readonly code: number;
      readonly data: Uint8Array;
      readonly error: WireError;
    };

export type PxeVendorOptions = {
  /** In wire order, duplicates included. */
  readonly items: readonly PxeItem[];
  /** Octets from END (255) on; empty where END is missing. */
  readonly end: Uint8Array;
};

/** WIRE_TRUNCATED where a sub-option runs over the end; one that is wrong inside is a `malformed` item. */
export function parsePxeVendorOptions(data: Uint8Array): ParseResult<PxeVendorOptions> {
  const encapsulation = readEncapsulation(data, '43');
  if (!encapsulation.ok) return encapsulation;
  const { subOptions, end } = encapsulation.value;
  return { ok: true, value: { items: subOptions.map(readItem), end } };
}

function readItem({ code, data, offset }: SubOption): PxeItem {
  const result = parsing((): PxeItem => {
    const r = new ByteReader(data, offset + 2);
    const item = readValue(code, data, r);
    if (!r.done)
      throw new WireError(
        'WIRE_MALFORMED',
        r.offset,
        `43.${code}`,
        `wanted its end, got ${r.remaining} octets more`,
      );
    return item;
  });
  return result.ok ? result.value : { kind: 'malformed', code, data, error: result.error };
}

function readValue(code: number, data: Uint8Array, r: ByteReader): PxeItem {
  switch (code) {
    case 0:
      return { kind: 'pad' };
    case PXE.discoveryControl:
      return { kind: 'discovery-control', bits: r.u8('discovery control') };
    case PXE.discoveryMulticast:
      return { kind: 'discovery-multicast', address: ipv4FromBytes(r.bytes('multicast address', 4)) };
    case PXE.bootServers: {
      const servers: PxeBootServers[] = [];
      do {
        const type = r.u16('boot server type');
        const octets = r.bytes('boot server addresses', 4 * r.u8('boot server count'));
        const addresses: Ipv4Address[] = [];
        for (let at = 0; at < octets.length; at += 4) addresses.push(ipv4FromBytes(octets, at));
        servers.push({ type, addresses });
      } while (!r.done);
      return { kind: 'boot-servers', servers };
    }
    case PXE.bootMenu: {
      const entries: PxeMenuEntry[] = [];
      do {
        const type = r.u16('menu entry type');
        entries.push({
          type,
          description: latin1(r.bytes('menu entry description', r.u8('menu entry length'))),
        });
      } while (!r.done);
      return { kind: 'boot-menu', entries };
    }
    case PXE.menuPrompt:
      return { kind: 'menu-prompt', timeout: r.u8('menu prompt timeout'), prompt: latin1(r.rest()) };
    case PXE.credentialTypes: {
      const types: number[] = [];
      do types.push(r.u32('credential type'));
      while (!r.done);
      return { kind: 'credential-types', types };
    }
    case PXE.bootItem:
      return { kind: 'boot-item', type: r.u16('boot item type'), layer: r.u16('boot item layer') };
    default:
      r.rest();
      return { kind: 'unknown', code, data };
  }
}

/** END alone, as PXE 2.1 wants it behind the last sub-option. */
export const PXE_END: Uint8Array = Uint8Array.of(255);

/**
 * Byte-exact inverse of parsePxeVendorOptions. Throws WireError (WIRE_UNENCODABLE) for numbers and texts that do not fit, and
 * for a sub-option of more than 255 octets.
 */
export function serializePxeVendorOptions({ items, end }: PxeVendorOptions): Uint8Array {
  return writeEncapsulation(items.map(writeItem), end, '43');
}

function writeItem(item: PxeItem): { readonly code: number; readonly data: Uint8Array } {
  const w = new ByteWriter();
  switch (item.kind) {
    case 'discovery-control':
      return { code: PXE.discoveryControl, data: w.u8('discovery control', item.bits).bytes() };
    case 'discovery-multicast':
      return { code: PXE.discoveryMulticast, data: ipv4ToBytes(item.address) };
    case 'boot-servers':
      for (const { type, addresses } of item.servers) {
        w.u16('boot server type', type).u8('boot server count', addresses.length);
        for (const address of addresses) w.raw(ipv4ToBytes(address));
      }
      return { code: PXE.bootServers, data: w.bytes() };
    case 'boot-menu':
      for (const { type, description } of item.entries)
        w.u16('menu entry type', type)
          .u8('menu entry length', description.length)
          .raw(textOption(description));
      return { code: PXE.bootMenu, data: w.bytes() };
    case 'menu-prompt':
      w.u8('menu prompt timeout', item.timeout).raw(textOption(item.prompt));
      return { code: PXE.menuPrompt, data: w.bytes() };
    case 'credential-types':
      for (const type of item.types) w.u32('credential type', type);
      return { code: PXE.credentialTypes, data: w.bytes() };
    case 'boot-item':
      w.u16('boot item type', item.type).u16('boot item layer', item.layer);
      return { code: PXE.bootItem, data: w.bytes() };
    case 'pad':
      return { code: 0, data: w.bytes() };
    case 'unknown':
    case 'malformed':
      return { code: item.code, data: item.data };
    default:
      return item satisfies never;
  }
}

/** `discovery 0x08 (use boot file), boot item type 0x8000 layer 0, 66 0102, end missing`. */
export function formatPxeVendorOptions({ items, end }: PxeVendorOptions): string {
  const parts = items.filter((item) => item.kind !== 'pad').map(formatItem);
  if (end.length === 0) parts.push('end missing');
  return parts.join(', ');
}

const hex16 = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`;

function formatDiscovery(bits: number): string {
  const names = DISCOVERY.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
  return `discovery 0x${bits.toString(16).padStart(2, '0')} (${names.join(', ') || 'any'})`;
}

function formatItem(item: PxeItem): string {
  switch (item.kind) {
    case 'discovery-control':
      return formatDiscovery(item.bits);
    case 'discovery-multicast':
      return `multicast ${item.address}`;
    case 'boot-servers':
      return `boot servers ${item.servers.map((s) => [hex16(s.type), ...s.addresses].join(' ')).join('; ')}`;
    case 'boot-menu':
      return `menu ${item.entries.map((e) => `${hex16(e.type)} ${quoteText(e.description)}`).join('; ')}`;
    case 'menu-prompt':
      return `prompt ${quoteText(item.prompt)} ${item.timeout === PROMPT_FOR_EVER ? 'for ever' : `for ${item.timeout} s`}`;
    case 'credential-types':
      return `credentials ${item.types.join(' ')}`;
    case 'boot-item':
      return `boot item type ${hex16(item.type)} layer ${hex16(item.layer)}`;
    case 'pad':
      return 'pad';
    case 'unknown':
      return `${item.code} ${toHex(item.data)}`.trimEnd();
    case 'malformed':
      return `${item.code} ${toHex(item.data)} (${item.error.message})`;
    default:
      return item satisfies never;
  }
}
