import { describe, expect, it } from 'vitest';
import { mac } from './address.ts';
import { fromHex } from './bytes.ts';
import { formatEthernet, parseEthernet, serializeEthernet, vlanId } from './ethernet.ts';
import { itIsACodec } from './testing/codec-laws.ts';

// captures/lab/bios-ipxe-rom.pcap, frame 4: dnsmasq asks whether the address is taken.
const ARP_REQUEST = fromHex(
  'ffffffffffff', // destination
  'beebcbb4d7d9', // source
  '0806', // type
  '0001080006040001beebcbb4d7d90abc000a0000000000000abc0042', // payload
);
// The same, put by hand behind a service tag and a customer tag (IEEE 802.1Q §9.5, priority 5, VLANs 100 and 7).
const TAGGED = fromHex(
  'ffffffffffff', // destination
  'beebcbb4d7d9', // source
  '88a8 a064', // service tag
  '8100 0007', // customer tag
  '0806', // type
  '0001080006040001',
);
// Written by hand after IEEE 802.1D §9.3.1: a configuration BPDU, 38 octets of LLC and 8 of padding.
const SPANNING_TREE = fromHex(
  '0180c2000000', // destination
  '525400000001', // source
  '0026', // length
  '424203 0000000000 8000525400000001 00000000 8000525400000001 8001 0000 1400 0200 0f00',
  '0000000000000000', // padding
);

describe('parseEthernet', () => {
  it('reads an Ethernet II frame', () => {
    expect(parseEthernet(ARP_REQUEST)).toEqual({
      ok: true,
      value: {
        kind: 'ethernet-ii',
        destination: 'ff:ff:ff:ff:ff:ff',
        source: 'be:eb:cb:b4:d7:d9',
        tags: [],
        etherType: 0x0806,
        payload: ARP_REQUEST.subarray(14),
        trailing: new Uint8Array(0),
        missing: 0,
      },
    });
  });

  it('keeps stacked VLAN tags, the outermost first', () => {
    const parsed = parseEthernet(TAGGED);

    expect(parsed).toMatchObject({
      value: {
        tags: [
          { tpid: 0x88a8, tci: 0xa064 },
          { tpid: 0x8100, tci: 7 },
        ],
        etherType: 0x0806,
      },
    });
    expect(parsed.ok && parsed.value.tags.map(vlanId)).toEqual([100, 7]);
  });

  it('takes a type of up to 1500 as the length of an LLC payload, the rest as padding', () => {
    expect(parseEthernet(SPANNING_TREE)).toMatchObject({
      value: {
        kind: '802.3',
        etherType: 38,
        payload: SPANNING_TREE.subarray(14, 52),
        trailing: new Uint8Array(8),
        missing: 0,
      },
    });
  });

  it('says how many octets an 802.3 length promises beyond what was captured', () => {
    expect(parseEthernet(SPANNING_TREE.subarray(0, 30))).toMatchObject({
      value: { payload: { length: 16 }, missing: 22 },
    });
  });

  it.each([
    { name: 'nothing', length: 0, field: 'destination', offset: 0 },
    { name: 'five octets', length: 5, field: 'destination', offset: 0 },
    { name: 'half a source', length: 9, field: 'source', offset: 6 },
    { name: 'half a type', length: 13, field: 'etherType', offset: 12 },
    { name: 'a tag without its value', length: 15, field: 'tci', offset: 14 },
    { name: 'a tag with nothing behind it', length: 16, field: 'etherType', offset: 16 },
    { name: 'a second tag cut', length: 18, field: 'tci', offset: 18 },
    { name: 'two tags and half a type', length: 21, field: 'etherType', offset: 20 },
  ])('reports $field at byte $offset for $name', ({ length, field, offset }) => {
    expect(parseEthernet(TAGGED.subarray(0, length))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', field, offset },
    });
  });

  itIsACodec(
    { parse: parseEthernet, serialize: serializeEthernet, format: formatEthernet },
    { 'an ARP request': ARP_REQUEST, 'a frame with two tags': TAGGED, 'an 802.3 frame': SPANNING_TREE },
  );
});

describe('serializeEthernet', () => {
  it('needs no more than addresses, type and payload', () => {
    const frame = {
      destination: mac('ff:ff:ff:ff:ff:ff'),
      source: mac('be:eb:cb:b4:d7:d9'),
      etherType: 0x0806,
      payload: ARP_REQUEST.subarray(14),
    };
    expect(serializeEthernet(frame)).toEqual(ARP_REQUEST);
  });
});
