import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv6FromBytes } from './address.ts';
import { fromHex } from './bytes.ts';
import {
  formatDhcpv6Type,
  innermostDhcpv6,
  parseDhcpv6,
  readDhcpv6Options,
  serializeDhcpv6,
  serializeDhcpv6Options,
} from './dhcpv6.ts';

/** A SOLICIT by hand, after RFC 8415 §8 and §21. */
const SOLICIT = fromHex(
  '01', // SOLICIT
  '10 08 74', // transaction id
  '0001 000a 0003 0001 5254 003f 5cc0', // client identifier: DUID-LL
  '0006 0002 003b', // option request: boot file URL
  '0008 0002 0000', // elapsed time
);
const NOBODY = ipv6FromBytes(new Uint8Array(16));
/** The same, relayed: RFC 8415 §9. */
const RELAYED = fromHex(
  '0c 00', // RELAY-FORW, no hops
  '20010db8000000000000000000000001', // link address
  'fe800000000000005054 00fffe3f5cc0', // peer address
  `0009 00${SOLICIT.length.toString(16)}`,
  Buffer.from(SOLICIT).toString('hex'),
);

describe('parseDhcpv6', () => {
  it('keeps options in wire order', () => {
    expect(parseDhcpv6(SOLICIT)).toMatchObject({
      ok: true,
      value: {
        ...{ kind: 'message', type: 1, transactionId: 0x100874 },
        options: [{ code: 1 }, { code: 6 }, { code: 8 }],
      },
    });
  });

  it('reads a relay’s addresses, and what it encloses', () => {
    const parsed = parseDhcpv6(RELAYED);
    if (!parsed.ok) throw parsed.error;
    expect(parsed.value).toMatchObject({ kind: 'relay', hops: 0, link: '2001:db8::1' });
    expect(innermostDhcpv6(parsed.value)).toMatchObject({ type: 1, transactionId: 0x100874 });
  });

  it.each([
    { name: 'nothing', bytes: '', code: 'WIRE_TRUNCATED', field: 'type' },
    { name: 'a cut transaction id', bytes: '01 10 08', code: 'WIRE_TRUNCATED', field: 'transaction id' },
    {
      name: 'a cut peer address',
      bytes: `0c00${'00'.repeat(20)}`,
      code: 'WIRE_TRUNCATED',
      field: 'peer address',
    },
  ])('reports $code at $field for $name', ({ bytes, code, field }) => {
    expect(parseDhcpv6(fromHex(bytes))).toMatchObject({ ok: false, error: { code, field } });
  });

  it('keeps a cut option as octets behind the whole ones', () => {
    const parsed = parseDhcpv6(SOLICIT.subarray(0, SOLICIT.length - 1));
    expect(parsed).toMatchObject({
      ok: true,
      value: { options: [{ code: 1 }, { code: 6 }], trailing: fromHex('0008 0002 00') },
    });
  });

  it('says that there is no message in relays without one, and in endless ones', () => {
    const empty = parseDhcpv6(RELAYED.subarray(0, 34));
    expect(empty.ok && innermostDhcpv6(empty.value)).toBeUndefined();
    let nested = SOLICIT;
    for (let i = 0; i < 9; i++) {
      const enclosing = {
        kind: 'relay',
        type: 12,
        hops: i,
        link: NOBODY,
        peer: NOBODY,
      } as const;
      nested = serializeDhcpv6({
        ...enclosing,
        options: [{ code: 9, data: nested }],
        trailing: new Uint8Array(),
      });
    }
    const parsed = parseDhcpv6(nested);
    expect(parsed.ok && innermostDhcpv6(parsed.value)).toBeUndefined();
  });

  it('never throws, and gives back every octet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const parsed = parseDhcpv6(bytes);
        if (!parsed.ok) return;
        expect(serializeDhcpv6(parsed.value)).toEqual(bytes);
        innermostDhcpv6(parsed.value);
      }),
    );
    for (const good of [SOLICIT, RELAYED]) {
      for (let n = 0; n <= good.length; n++) {
        const parsed = parseDhcpv6(good.subarray(0, n));
        if (parsed.ok) expect(serializeDhcpv6(parsed.value)).toEqual(good.slice(0, n));
      }
    }
  });
});

describe('readDhcpv6Options', () => {
  it('is undone by serializeDhcpv6Options, whatever the octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(serializeDhcpv6Options(readDhcpv6Options(bytes))).toEqual(bytes);
      }),
    );
  });
});

describe('formatDhcpv6Type', () => {
  it('names what RFC 8415 names', () => {
    expect([0, 1, 11, 13, 200].map(formatDhcpv6Type)).toEqual([
      ...['type 0', 'SOLICIT', 'INFORMATION-REQUEST', 'RELAY-REPL', 'type 200'],
    ]);
  });
});
