import { describe, expect, it } from 'vitest';
import { fromHex } from './bytes.ts';
import {
  formatIeee80211,
  isAggregated,
  isFragmented,
  parseIeee80211,
  serializeIeee80211,
} from './ieee80211.ts';
import { itIsACodec } from './testing/codec-laws.ts';

const FIRST = '02000000000a';
const SECOND = '001234567890';
const THIRD = 'ffffffffffff';
const FOURTH = '020000000004';
const LLC = 'aaaa03000000 0800 4500';
// Written by hand after IEEE 802.11-2020 figure 9-1. Frame control is little-endian: type in the low octet, flags in the high one.
const TO_AP = fromHex('0801', '3a01', FIRST, SECOND, THIRD, '1000', LLC);
const FROM_AP = fromHex('0802', '0000', FIRST, SECOND, THIRD, '1000', LLC);
const AD_HOC = fromHex('0800', '0000', FIRST, SECOND, THIRD, '1000', LLC);
const BETWEEN_APS = fromHex('0803', '0000', FIRST, SECOND, THIRD, '1000', FOURTH, LLC);
const QOS = fromHex('8801', '0000', FIRST, SECOND, THIRD, '1000', '0500', LLC);
const QOS_HT = fromHex('8881', '0000', FIRST, SECOND, THIRD, '1000', '8500', '01020304', LLC);
const BEACON = fromHex('8000', '0000', THIRD, FIRST, FIRST, '1000');

describe('parseIeee80211', () => {
  it.each([
    {
      name: 'to an access point',
      bytes: TO_AP,
      source: '00:12:34:56:78:90',
      destination: 'ff:ff:ff:ff:ff:ff',
    },
    { name: 'from one', bytes: FROM_AP, source: 'ff:ff:ff:ff:ff:ff', destination: '02:00:00:00:00:0a' },
    { name: 'without one', bytes: AD_HOC, source: '00:12:34:56:78:90', destination: '02:00:00:00:00:0a' },
    {
      name: 'between two',
      bytes: BETWEEN_APS,
      source: '02:00:00:00:00:04',
      destination: 'ff:ff:ff:ff:ff:ff',
    },
  ])('knows source and destination of a frame $name', ({ bytes, source, destination }) => {
    expect(parseIeee80211(bytes)).toMatchObject({ value: { source, destination, body: fromHex(LLC) } });
  });

  it('skips QoS and HT control, and what a driver filled the header up with', () => {
    expect(parseIeee80211(QOS)).toMatchObject({ value: { qos: 5, body: fromHex(LLC) } });
    const padded = fromHex('8801', '0000', FIRST, SECOND, THIRD, '1000', '0500', 'a5a5', LLC);
    expect(parseIeee80211(padded, true)).toMatchObject({ value: { qos: 5, body: fromHex(LLC) } });
    expect(parseIeee80211(QOS_HT)).toMatchObject({ value: { ht: fromHex('01020304'), body: fromHex(LLC) } });
  });

  it('tells aggregates and fragments', () => {
    const aggregate = parseIeee80211(QOS_HT);
    expect(aggregate.ok && aggregate.value.kind === 'data' && isAggregated(aggregate.value)).toBe(true);
    const last = TO_AP.slice();
    last[22] = 0x11;
    const fragment = parseIeee80211(last);
    expect(fragment.ok && fragment.value.kind === 'data' && isFragmented(fragment.value)).toBe(true);
    const whole = parseIeee80211(TO_AP);
    expect(whole.ok && whole.value.kind === 'data' && isFragmented(whole.value)).toBe(false);
  });

  it('leaves management frames as they are', () => {
    expect(parseIeee80211(BEACON)).toMatchObject({ value: { kind: 'other', control: 0x80 } });
  });

  it.each([
    { bytes: BETWEEN_APS, length: 1, field: 'frame control', offset: 0 },
    { bytes: BETWEEN_APS, length: 3, field: 'duration', offset: 2 },
    { bytes: BETWEEN_APS, length: 12, field: 'address 2', offset: 10 },
    { bytes: BETWEEN_APS, length: 23, field: 'sequence control', offset: 22 },
    { bytes: BETWEEN_APS, length: 29, field: 'address 4', offset: 24 },
    { bytes: QOS_HT, length: 25, field: 'QoS control', offset: 24 },
    { bytes: QOS_HT, length: 28, field: 'HT control', offset: 26 },
  ])('reports $field for the first $length octets', ({ bytes, length, field, offset }) => {
    expect(parseIeee80211(bytes.subarray(0, length))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', field, offset },
    });
  });

  itIsACodec(
    { parse: parseIeee80211, serialize: serializeIeee80211, format: formatIeee80211 },
    { TO_AP, FROM_AP, AD_HOC, BETWEEN_APS, QOS, QOS_HT, BEACON },
  );
});
