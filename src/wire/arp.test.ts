import { describe, expect, it } from 'vitest';
import { ipv4, mac } from './address.ts';
import { ARP_OPERATION, type Arp, formatArp, parseArp, serializeArp } from './arp.ts';
import { fromHex } from './bytes.ts';
import { itIsACodec } from './testing/codec-laws.ts';

// captures/lab/bios-ipxe-rom.pcap, frame 22 from ARP on: iPXE answers, with Ethernet's padding.
const REPLY = fromHex(
  '0001 0800 06 04', // hardware and protocol: Ethernet, IPv4
  '0002', // operation
  '001234567890 0abc0042', // sender
  'beebcbb4d7d9 0abc000a', // target
  '000000000000000000000000000000000000',
);
// Written by hand after RFC 2390 §4: InARP over Frame Relay, two-octet hardware addresses.
const FRAME_RELAY = fromHex('000f 0800 02 04', '0008', '1841 0a000001', '1851 00000000');

describe('parseArp', () => {
  it('reads the four addresses and keeps the padding', () => {
    expect(parseArp(REPLY)).toEqual({
      ok: true,
      value: {
        kind: 'ipv4',
        operation: 2,
        senderMac: '00:12:34:56:78:90',
        senderIp: '10.188.0.66',
        targetMac: 'be:eb:cb:b4:d7:d9',
        targetIp: '10.188.0.10',
        trailing: new Uint8Array(18),
      },
    });
  });

  it('keeps other hardware as octets', () => {
    expect(parseArp(FRAME_RELAY)).toMatchObject({
      value: { kind: 'unknown', hardwareType: 15, operation: 8, addresses: { length: 12 } },
    });
  });

  it.each([
    { length: 1, field: 'hardware type', offset: 0 },
    { length: 7, field: 'operation', offset: 6 },
    { length: 10, field: 'sender hardware address', offset: 8 },
    { length: 16, field: 'sender protocol address', offset: 14 },
    { length: 20, field: 'target hardware address', offset: 18 },
    { length: 27, field: 'target protocol address', offset: 24 },
  ])('reports $field for the first $length octets', ({ length, field, offset }) => {
    expect(parseArp(REPLY.subarray(0, length))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', field, offset },
    });
  });

  itIsACodec(
    { parse: parseArp, serialize: serializeArp, format: formatArp },
    { 'a reply': REPLY, 'ARP over frame relay': FRAME_RELAY },
  );
});

describe('formatArp', () => {
  const request = {
    kind: 'ipv4',
    operation: ARP_OPERATION.request,
    senderMac: mac('00:12:34:56:78:90'),
    senderIp: ipv4('10.188.0.66'),
    targetMac: mac('00:00:00:00:00:00'),
    targetIp: ipv4('10.188.0.10'),
    trailing: new Uint8Array(0),
  } satisfies Arp;

  it.each([
    { arp: request, text: 'ARP who has 10.188.0.10? tell 10.188.0.66' },
    { arp: { ...request, operation: ARP_OPERATION.reply }, text: 'ARP 10.188.0.66 is at 00:12:34:56:78:90' },
    {
      arp: { ...request, senderIp: ipv4('0.0.0.0') },
      text: 'ARP probe for 10.188.0.10 by 00:12:34:56:78:90',
    },
    {
      arp: { ...request, targetIp: request.senderIp },
      text: 'ARP announcement: 10.188.0.66 is at 00:12:34:56:78:90',
    },
    { arp: { ...request, operation: 9 }, text: 'ARP operation 9, 10.188.0.66 to 10.188.0.10' },
  ])('says "$text"', ({ arp, text }) => {
    expect(formatArp(arp)).toBe(text);
  });
});
