import { describe, expect, it } from 'vitest';
import { ipv4 } from '../address.ts';
import { fromHex, toHex } from '../bytes.ts';
import { itIsACodec } from '../testing/codec-laws.ts';
import {
  formatPxeVendorOptions,
  PXE_END,
  type PxeItem,
  type PxeVendorOptions,
  parsePxeVendorOptions,
  serializePxeVendorOptions,
} from './opt-pxe-vendor.ts';

// bios-asrock-proxydhcp4011.pcap, frame 2 (danderson/netboot, Apache-2.0).
const PIXIECORE = fromHex(
  '06 01 03', // discovery control: neither broadcast nor multicast
  '08 07 8000 01 c0a8100a', // boot servers
  '09 0c 8000 09 506978696563 6f7265', // menu "Pixiecore"
  '0a 0a 00 506978696563 6f7265', // prompt, timeout 0
  'ff',
);
// The same capture, frame 6.
const BOOT_ITEM = fromHex('47 04 8000 0000 ff');
// What dnsmasq answers a PXE client with that --dhcp-boot gives a file to: boot that file at once.
const DNSMASQ = fromHex('06 01 08', '0a 04 00 505845', 'ff');

function parsed(data: Uint8Array): PxeVendorOptions {
  const result = parsePxeVendorOptions(data);
  if (!result.ok) throw result.error;
  return result.value;
}

const TABLE: readonly { readonly hex: string; readonly item: PxeItem }[] = [
  { hex: '06 01 08', item: { kind: 'discovery-control', bits: 8 } },
  { hex: '07 04 e0000102', item: { kind: 'discovery-multicast', address: ipv4('224.0.1.2') } },
  {
    hex: '08 11 8000 01 c0a8100a  0001 01 0a000001  0002 00',
    item: {
      kind: 'boot-servers',
      servers: [
        { type: 0x8000, addresses: [ipv4('192.168.16.10')] },
        { type: 1, addresses: [ipv4('10.0.0.1')] },
        { type: 2, addresses: [] },
      ],
    },
  },
  {
    hex: '09 0a 0000 03 4c6f63  8000 01 41',
    item: {
      kind: 'boot-menu',
      entries: [
        { type: 0, description: 'Loc' },
        { type: 0x8000, description: 'A' },
      ],
    },
  },
  { hex: '0a 04 ff 505845', item: { kind: 'menu-prompt', timeout: 255, prompt: 'PXE' } },
  { hex: '0c 08 00000001 80000000', item: { kind: 'credential-types', types: [1, 0x80000000] } },
  { hex: '47 04 8000 8001', item: { kind: 'boot-item', type: 0x8000, layer: 0x8001 } },
  { hex: '00', item: { kind: 'pad' } },
  { hex: '02 02 e906', item: { kind: 'unknown', code: 2, data: fromHex('e906') } },
];

describe('parsePxeVendorOptions', () => {
  it.each(TABLE)('reads $hex as $item.kind, and writes it back', ({ hex, item }) => {
    expect(parsed(fromHex(hex))).toEqual({ items: [item], end: fromHex() });
    expect(toHex(serializePxeVendorOptions({ items: [item], end: PXE_END }))).toBe(toHex(fromHex(hex, 'ff')));
  });

  it("reads Pixiecore's menu", () => {
    expect(parsed(PIXIECORE).items).toEqual([
      { kind: 'discovery-control', bits: 3 },
      { kind: 'boot-servers', servers: [{ type: 0x8000, addresses: ['192.168.16.10'] }] },
      { kind: 'boot-menu', entries: [{ type: 0x8000, description: 'Pixiecore' }] },
      { kind: 'menu-prompt', timeout: 0, prompt: 'Pixiecore' },
    ]);
  });

  it.each([
    { hex: '06 00', offset: 2, field: 'discovery control', code: 'WIRE_TRUNCATED' },
    { hex: '06 02 0800', offset: 3, field: '43.6', code: 'WIRE_MALFORMED' },
    { hex: '07 03 e00001', offset: 2, field: 'multicast address', code: 'WIRE_TRUNCATED' },
    { hex: '08 00', offset: 2, field: 'boot server type', code: 'WIRE_TRUNCATED' },
    { hex: '08 07 8000 02 c0a8100a', offset: 5, field: 'boot server addresses', code: 'WIRE_TRUNCATED' },
    { hex: '09 04 8000 05 41', offset: 5, field: 'menu entry description', code: 'WIRE_TRUNCATED' },
    { hex: '0a 00', offset: 2, field: 'menu prompt timeout', code: 'WIRE_TRUNCATED' },
    { hex: '0c 03 000000', offset: 2, field: 'credential type', code: 'WIRE_TRUNCATED' },
    { hex: '47 05 8000 0000 00', offset: 6, field: '43.71', code: 'WIRE_MALFORMED' },
  ])('keeps $hex as malformed, and reads what follows', ({ hex, offset, field, code }) => {
    expect(parsed(fromHex(hex, '06 01 08 ff')).items).toMatchObject([
      { kind: 'malformed', error: { code, offset, field } },
      { kind: 'discovery-control', bits: 8 },
    ]);
  });

  it('reports a sub-option over the end', () => {
    expect(parsePxeVendorOptions(fromHex('06 01 08 09 20 8000'))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', offset: 5, field: '43.9' },
    });
  });

  itIsACodec(
    { parse: parsePxeVendorOptions, serialize: serializePxeVendorOptions, format: formatPxeVendorOptions },
    {
      "Pixiecore's menu": PIXIECORE,
      "a ROM's boot item": BOOT_ITEM,
      "dnsmasq's discovery control and prompt": DNSMASQ,
      'one of each, without END': fromHex(...TABLE.map(({ hex }) => hex)),
    },
  );
});

describe('serializePxeVendorOptions', () => {
  it.each([
    { name: 'bits of nine bits', item: { kind: 'discovery-control', bits: 256 } },
    {
      name: 'a description of 256 characters',
      item: { kind: 'boot-menu', entries: [{ type: 1, description: 'a'.repeat(256) }] },
    },
    {
      name: 'a prompt too long for its sub-option',
      item: { kind: 'menu-prompt', timeout: 0, prompt: 'a'.repeat(255) },
    },
    { name: 'a layer of 17 bits', item: { kind: 'boot-item', type: 1, layer: 65536 } },
  ] as const)('refuses $name', ({ item }) => {
    expect(() => serializePxeVendorOptions({ items: [item], end: PXE_END })).toThrow(
      expect.objectContaining({ code: 'WIRE_UNENCODABLE' }),
    );
  });
});

describe('formatPxeVendorOptions', () => {
  it('writes one line, and says where END is missing', () => {
    expect(formatPxeVendorOptions(parsed(PIXIECORE))).toBe(
      'discovery 0x03 (no broadcast, no multicast), boot servers 0x8000 192.168.16.10, menu 0x8000 "Pixiecore", prompt "Pixiecore" for 0 s',
    );
    expect(formatPxeVendorOptions(parsed(fromHex('47 04 8000 0000 00 c8 01 ff')))).toBe(
      'boot item type 0x8000 layer 0x0000, 200 ff, end missing',
    );
    expect(formatPxeVendorOptions(parsed(fromHex('06 01 00  06 01 0c  0a 02 ff 41  ff')))).toBe(
      'discovery 0x00 (any), discovery 0x0c (listed servers only, use boot file), prompt "A" for ever',
    );
  });
});
