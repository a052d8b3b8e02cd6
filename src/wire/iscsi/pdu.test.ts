import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../bytes.ts';
import { itIsACodec } from '../testing/codec-laws.ts';
import { formatIscsi } from './message.ts';
import { iscsiPdu, parseIscsiPdu, serializeIscsiPdu } from './pdu.ts';
import {
  CHECK_CONDITION,
  DATA_IN,
  LOGIN_REQUEST,
  LOGIN_RESPONSE,
  READ_10,
  TEST_UNIT_READY,
} from './testing/pdus.ts';

/** An extended CDB of one word, both digests, three octets of data. */
const WITH_EVERYTHING = fromHex(
  '01 81 0000 01 000003 0001000000000000 00000001',
  '00000000000000000000000000000000000000000000000000000000',
  '00010100',
  'aabbccdd', // header digest
  '616263 00',
  '11223344', // data digest
);

describe('parseIscsiPdu', () => {
  itIsACodec(
    {
      parse: parseIscsiPdu,
      serialize: ({ pdu, trailing }) => new Uint8Array([...serializeIscsiPdu(pdu), ...trailing]),
      format: ({ pdu }) => formatIscsi(pdu),
    },
    { LOGIN_REQUEST, LOGIN_RESPONSE, TEST_UNIT_READY, CHECK_CONDITION, READ_10, DATA_IN },
  );

  itIsACodec(
    {
      parse: (bytes) => parseIscsiPdu(bytes, { header: true, data: true }),
      serialize: ({ pdu, trailing }) => new Uint8Array([...serializeIscsiPdu(pdu), ...trailing]),
      format: ({ pdu }) => formatIscsi(pdu),
    },
    { WITH_EVERYTHING },
  );

  it('finds AHS, digests, data and padding where the header says they are', () => {
    const parsed = parseIscsiPdu(WITH_EVERYTHING, { header: true, data: true });
    expect(parsed.ok && parsed.value.pdu).toMatchObject({
      opcode: 1,
      ahs: fromHex('00010100'),
      headerDigest: 0xaabbccdd,
      data: fromHex('616263'),
      padding: fromHex('00'),
      dataDigest: 0x11223344,
    });
  });

  it('has no data digest where there is no data', () => {
    const parsed = parseIscsiPdu(new Uint8Array([...TEST_UNIT_READY, 1, 2, 3, 4]), {
      header: true,
      data: true,
    });
    expect(parsed.ok && parsed.value.pdu).toMatchObject({ headerDigest: 0x01020304, dataDigest: undefined });
  });

  it.each([
    ['an empty packet', new Uint8Array(0), 'opcode', 0],
    ['a header that is cut', LOGIN_REQUEST.subarray(0, 47), 'opcode-specific fields', 44],
    ['data that are cut', LOGIN_REQUEST.subarray(0, 100), 'data segment', 48],
    ['missing padding', LOGIN_REQUEST.subarray(0, 191), 'padding', 191],
  ])('refuses %s and names the field', (_, bytes, field, offset) => {
    expect(parseIscsiPdu(bytes)).toMatchObject({
      ok: false,
      error: { code: 'WIRE_TRUNCATED', field, offset },
    });
  });
});

describe('serializeIscsiPdu', () => {
  it('refuses lengths that the parts do not have', () => {
    const pdu = iscsiPdu({ opcode: 3, data: fromHex('61') });
    expect(() => serializeIscsiPdu({ ...pdu, data: fromHex('6162') })).toThrow(
      'data segment: wanted 1 as the header says, got 2',
    );
  });
});

describe('iscsiPdu', () => {
  it('computes the length and the padding of its data', () => {
    expect(toHex(serializeIscsiPdu(iscsiPdu({ opcode: 3, data: fromHex('6162636465') })))).toBe(
      `0300000000000005${'00'.repeat(40)}6162636465000000`,
    );
  });
});
