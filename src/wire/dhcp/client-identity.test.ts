import { describe, expect, it } from 'vitest';
import { mac } from '../address.ts';
import { fromHex } from '../bytes.ts';
import { buildDhcpMessage, type DhcpMessageSpec } from './build-message.ts';
import { type ClientIdentity, identifyClient } from './client-identity.ts';
import { parseDhcpMessage } from './message.ts';
import {
  BOOT_SERVER_REQUEST,
  DNSMASQ_OFFER,
  EDK2_DISCOVER,
  EDK2_HTTP_DISCOVER,
  WRITE_UP_DISCOVER,
  XYPLEX_BOOTREQUEST,
} from './testing/messages.ts';

function identified(bytes: Uint8Array): ClientIdentity {
  const message = parseDhcpMessage(bytes);
  if (!message.ok) throw message.error;
  return identifyClient(message.value);
}

function crafted(spec: Partial<DhcpMessageSpec>): ClientIdentity {
  return identified(buildDhcpMessage({ xid: 1, chaddr: mac('02:00:00:00:00:01'), ...spec }));
}

const text = (code: number, value: string) => ({ code, data: Buffer.from(value, 'latin1') });
const option = (code: number, hex: string) => ({ code, data: fromHex(hex) });

describe('identifyClient', () => {
  it("knows the write-up's client as iPXE by its raw user class", () => {
    expect(identified(WRITE_UP_DISCOVER)).toMatchObject({
      mac: '00:12:34:56:78:90',
      architectures: [0],
      architecturesFrom: 'option-93',
      isIpxe: true,
      ipxeEvidence: 'user-class-raw',
      vendorClassKind: 'PXEClient',
      userClass: { encoding: 'raw', classes: ['iPXE'] },
      ipxe: { version: '1.0.0' },
      uuid: { wire: '630aedee-4f41-683a-1c1d-6b02f68cd960', smbios: 'eeed0a63-414f-3a68-1c1d-6b02f68cd960' },
    });
  });

  it.each([
    { name: 'EDK2', bytes: EDK2_DISCOVER, vendorClassKind: 'PXEClient', architectures: [7] },
    { name: 'EDK2 HTTP', bytes: EDK2_HTTP_DISCOVER, vendorClassKind: 'HTTPClient', architectures: [16] },
    { name: 'an Intel ROM', bytes: BOOT_SERVER_REQUEST, vendorClassKind: 'PXEClient', architectures: [0] },
    { name: 'a BOOTP machine', bytes: XYPLEX_BOOTREQUEST, vendorClassKind: 'other', architectures: [] },
    { name: 'nobody, from a reply', bytes: DNSMASQ_OFFER, vendorClassKind: 'other', architectures: [] },
  ])('knows $name, which is not iPXE', ({ bytes, vendorClassKind, architectures }) => {
    expect(identified(bytes)).toMatchObject({
      vendorClassKind,
      architectures,
      isIpxe: false,
      ipxeEvidence: 'none',
    });
  });

  it.each([
    { name: 'RFC 3004', options: [option(77, '04 69505845')], evidence: 'user-class-rfc3004' },
    {
      name: 'RFC 3004 among others',
      options: [option(77, '03 666f6f 04 69505845')],
      evidence: 'user-class-rfc3004',
    },
    { name: 'raw with a NUL', options: [text(77, 'iPXE\0')], evidence: 'user-class-raw' },
    { name: 'raw in two instances', options: [text(77, 'iP'), text(77, 'XE')], evidence: 'user-class-raw' },
    {
      name: 'another class and 175',
      options: [text(77, 'ThinClient'), option(175, 'eb03010000')],
      evidence: 'option-175',
    },
    { name: '175 alone', options: [option(175, '')], evidence: 'option-175' },
    { name: 'a malformed 175', options: [option(175, 'eb03')], evidence: 'option-175' },
    { name: 'another letter case', options: [text(77, 'ipxe')], evidence: 'none' },
    { name: 'iPXE in the vendor class only', options: [text(60, 'iPXE')], evidence: 'none' },
  ])('finds $evidence for $name', ({ options, evidence }) => {
    expect(crafted({ options })).toMatchObject({ ipxeEvidence: evidence, isIpxe: evidence !== 'none' });
  });

  it('does not take a reply to iPXE for iPXE', () => {
    expect(crafted({ op: 2, options: [option(175, 'b00101')] })).toMatchObject({
      isIpxe: false,
      ipxe: { noPxedhcp: 1 },
    });
  });

  it.each([
    {
      name: 'option 93 alone',
      options: [option(93, '0007 0010')],
      architectures: [7, 16],
      from: 'option-93',
    },
    {
      name: 'both, and they differ',
      options: [option(93, '0000'), text(60, 'PXEClient:Arch:00007:UNDI:003016')],
      architectures: [0],
      from: 'option-93',
    },
    {
      name: 'option 60 alone',
      options: [text(60, 'PXEClient:Arch:00007:UNDI:003016')],
      architectures: [7],
      from: 'option-60',
    },
    {
      name: 'an odd option 93',
      options: [option(93, '00'), text(60, 'HTTPClient:Arch:00016:UNDI:003016')],
      architectures: [16],
      from: 'option-60',
    },
    {
      name: 'an empty option 93',
      options: [option(93, ''), text(60, 'PXEClient')],
      architectures: [],
      from: 'none',
    },
    { name: 'neither', options: [], architectures: [], from: 'none' },
  ])('takes architectures from $from for $name', ({ options, architectures, from }) => {
    expect(crafted({ options })).toMatchObject({ architectures, architecturesFrom: from });
  });

  it('has no MAC address where chaddr holds none', () => {
    expect(crafted({ htype: 32, chaddr: new Uint8Array(0) }).mac).toBeUndefined();
    expect(crafted({ htype: 6 }).mac).toBeUndefined();
  });

  it.each(['', '00', `00${'11'.repeat(15)}`, `01${'11'.repeat(16)}`])(
    'has no uuid for option 97 = "%s"',
    (hex) => {
      expect(crafted({ options: [option(97, hex)] }).uuid).toBeUndefined();
    },
  );
});
