import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../bytes.ts';
import { formatIscsi } from './message.ts';
import { ISCSI_OPCODE } from './opcode.ts';
import { iscsiPdu, NO_DIGESTS, serializeIscsiPdu } from './pdu.ts';
import {
  type IscsiItem,
  IscsiStream,
  type IscsiStreamOptions,
  looksLikeIscsiLogin,
  looksLikeIscsiPdu,
} from './stream.ts';
import {
  CHECK_CONDITION,
  DATA_IN,
  LOGIN_REQUEST,
  LOGIN_RESPONSE,
  READ_10,
  TEST_UNIT_READY,
} from './testing/pdus.ts';

const join = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
const FROM_INITIATOR = join(LOGIN_REQUEST, TEST_UNIT_READY, READ_10);
const FROM_TARGET = join(LOGIN_RESPONSE, CHECK_CONDITION, DATA_IN);

function shown(items: readonly IscsiItem[]): string[] {
  return items.map((item) => {
    switch (item.kind) {
      case 'pdu':
        return `${item.at} ${formatIscsi(item.pdu)}${item.missing > 0 ? `, ${item.missing} missing` : ''}`;
      case 'skipped':
        return `skipped ${item.octets}`;
      case 'error':
        return `${item.error.code} ${item.error.field} at ${item.error.offset}`;
      default:
        return item satisfies never;
    }
  });
}

function stream(options: Partial<IscsiStreamOptions> = {}): IscsiStream {
  return new IscsiStream({ sender: 'target', ...options });
}

describe('IscsiStream', () => {
  it('finds the PDUs wherever segments begin and end', () => {
    const whole = shown([...stream({ sender: 'initiator' }).push(FROM_INITIATOR)]);
    expect(whole).toEqual([
      '0 Login Request, 143 bytes of data, security to operational',
      '192 SCSI Command, 0 bytes of data, TEST UNIT READY of LUN 1',
      '240 SCSI Command, 0 bytes of data, READ(10) of LUN 1',
    ]);
    const cuts = fc.array(fc.nat({ max: FROM_INITIATOR.length }), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, (at) => {
        const s = stream({ sender: 'initiator' });
        const ends = [...at, FROM_INITIATOR.length].sort((a, b) => a - b);
        const items = ends.flatMap((end, i) => [...s.push(FROM_INITIATOR.subarray(ends[i - 1] ?? 0, end))]);
        expect(shown([...items, ...s.end()])).toEqual(whole);
      }),
    );
  });

  it('hands on PDUs that are written back octet by octet, but for disk blocks', () => {
    const items = [...stream({ sender: 'initiator' }).push(FROM_INITIATOR)];
    const written = items.flatMap((item) => (item.kind === 'pdu' ? [serializeIscsiPdu(item.pdu)] : []));
    expect(toHex(join(...written))).toBe(toHex(FROM_INITIATOR));
    expect([...stream().push(DATA_IN)]).toMatchObject([
      { kind: 'pdu', pdu: { dataSegmentLength: 8, data: new Uint8Array(0) } },
    ]);
  });

  it('keeps no more of a long text than a login may have', () => {
    const long = serializeIscsiPdu(
      iscsiPdu({ opcode: ISCSI_OPCODE.textResponse, data: new Uint8Array(100_001) }),
    );
    const [item] = stream().push(long);
    expect(item?.kind === 'pdu' && item.pdu.data.length).toBe(16_384);
    expect(item?.kind === 'pdu' && item.pdu.dataSegmentLength).toBe(100_001);
  });

  it('reads digests from where they are agreed on', () => {
    let digests = NO_DIGESTS;
    const s = stream({ digests: () => digests });
    const items: IscsiItem[] = [];
    const withDigests = join(
      CHECK_CONDITION.subarray(0, 48),
      fromHex('01020304'),
      CHECK_CONDITION.subarray(48),
      fromHex('05060708'),
    );
    for (const item of s.push(join(LOGIN_RESPONSE, withDigests))) {
      items.push(item);
      digests = { header: true, data: true };
    }
    expect(items).toMatchObject([
      { kind: 'pdu', pdu: { headerDigest: undefined } },
      { kind: 'pdu', pdu: { headerDigest: 0x01020304, dataDigest: 0x05060708 } },
    ]);
  });

  it('goes on behind a gap in the data of a PDU, and says how much is missing', () => {
    const s = stream();
    const items = [
      ...s.push(FROM_TARGET.subarray(0, 60)),
      ...s.gap(20),
      ...s.push(FROM_TARGET.subarray(80)),
      ...s.end(),
    ];
    expect(shown(items)).toEqual([
      '0 Login Response, 39 bytes of data, security to operational, success, 20 missing',
      '88 SCSI Response, 20 bytes of data, CHECK CONDITION, UNIT ATTENTION, power on, reset, or bus device reset occurred',
      '156 SCSI Data-In, 8 bytes of data, GOOD',
    ]);
  });

  it('is lost behind a gap that tears a header, up to a piece that begins with a PDU', () => {
    const s = stream();
    const items = [
      ...s.push(FROM_TARGET.subarray(0, 88 + 10)),
      ...s.gap(50),
      ...s.push(FROM_TARGET.subarray(88 + 60, 88 + 68)),
      ...s.push(DATA_IN),
    ];
    expect(shown(items)).toEqual([
      '0 Login Response, 39 bytes of data, security to operational, success',
      'skipped 60',
      'skipped 8',
      '156 SCSI Data-In, 8 bytes of data, GOOD',
    ]);
  });

  it('skips up to the first PDU where the capture begins inside the stream', () => {
    const s = stream({ midStream: true });
    expect(shown([...s.push(new Uint8Array(300)), ...s.push(join(CHECK_CONDITION, DATA_IN))])).toEqual([
      'skipped 300',
      '300 SCSI Response, 20 bytes of data, CHECK CONDITION, UNIT ATTENTION, power on, reset, or bus device reset occurred',
      '368 SCSI Data-In, 8 bytes of data, GOOD',
    ]);
  });

  it('says where a PDU stands that the other side would have to send, and what the end tears', () => {
    const wrong = stream();
    expect(shown([...wrong.push(join(LOGIN_RESPONSE, READ_10))])).toEqual([
      '0 Login Response, 39 bytes of data, security to operational, success',
      'WIRE_MALFORMED opcode at 88',
    ]);
    for (const [cut, error] of [
      [30, 'WIRE_TRUNCATED basic header segment at 0'],
      [70, 'WIRE_TRUNCATED Login Response at 0'],
    ] as const) {
      const s = stream();
      expect(shown([...s.push(FROM_TARGET.subarray(0, cut)), ...s.end(), ...s.push(DATA_IN)])).toEqual([
        error,
      ]);
    }
  });

  it('never throws, and accounts for every octet, whatever the octets', () => {
    const step = fc.oneof(
      fc.record({ bytes: fc.uint8Array({ maxLength: 120 }) }),
      fc.record({ gap: fc.nat({ max: 100 }) }),
      fc.record({
        bytes: fc
          .record({
            sample: fc.constantFrom(FROM_TARGET, FROM_INITIATOR),
            at: fc.nat(),
            to: fc.nat({ max: 255 }),
          })
          .map(({ sample, at, to }) => {
            const changed = new Uint8Array(sample);
            changed[at % changed.length] = to;
            return changed;
          }),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), fc.boolean(), (steps, midStream) => {
        const s = stream({ midStream });
        let octets = 0;
        for (const one of steps) {
          const items = 'gap' in one ? [...s.gap(one.gap)] : [...s.push(one.bytes)];
          octets += 'gap' in one ? one.gap : one.bytes.length;
          expect(s.position).toBe(octets);
          for (const item of items) if (item.kind === 'pdu') formatIscsi(item.pdu);
        }
        expect([...s.end()].length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });
});

describe('looksLikeIscsiLogin', () => {
  it('wants the whole header of a Login Request', () => {
    expect(looksLikeIscsiLogin(LOGIN_REQUEST)).toBe(true);
    expect(looksLikeIscsiLogin(LOGIN_REQUEST.subarray(0, 48))).toBe(true);
    expect(looksLikeIscsiLogin(LOGIN_REQUEST.subarray(0, 47))).toBe(false);
    for (const other of [LOGIN_RESPONSE, READ_10, new Uint8Array(60), new Uint8Array(60).fill(0x43)]) {
      expect(looksLikeIscsiLogin(other)).toBe(false);
    }
  });
});

describe('looksLikeIscsiPdu', () => {
  it('wants PDUs that lead up to the end of the piece, or beyond it', () => {
    expect(looksLikeIscsiPdu(FROM_TARGET, 'target')).toBe(true);
    expect(looksLikeIscsiPdu(FROM_TARGET.subarray(0, 100), 'target')).toBe(false);
    expect(looksLikeIscsiPdu(FROM_TARGET.subarray(0, 60), 'target')).toBe(true);
    expect(looksLikeIscsiPdu(FROM_TARGET, 'initiator')).toBe(false);
    expect(looksLikeIscsiPdu(new Uint8Array(0), 'target')).toBe(false);
    // Zeros would be NOP-Outs, one behind the other, were it not for F.
    expect(looksLikeIscsiPdu(new Uint8Array(96), 'initiator')).toBe(false);
  });
});
