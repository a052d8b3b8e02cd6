import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes.ts';
import { domainSearchOption, parseDomainSearch } from './opt-domain-search.ts';

describe('domainSearchOption', () => {
  it('writes a tail that stood before as a pointer to it', () => {
    // RFC 3397 §3: eng.apple.com., marketing.apple.com.
    const option = domainSearchOption(['eng.apple.com', 'marketing.apple.com']);
    expect([...option]).toEqual([
      ...fromHex('03656e67 056170706c65 03636f6d 00'),
      ...fromHex('096d61726b6574696e67 c004'),
    ]);
  });

  it('is read back as the same names', () => {
    const label = fc.stringMatching(/^[a-z0-9-]{1,12}$/);
    const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));
    fc.assert(
      fc.property(fc.array(name, { maxLength: 8 }), (names) => {
        expect(parseDomainSearch(domainSearchOption(names))).toEqual({ ok: true, value: names });
      }),
    );
  });

  it.each(['', 'a..b', `${'x'.repeat(64)}.com`, 'two words.com'])('refuses "%s"', (name) => {
    expect(() => domainSearchOption([name])).toThrow(expect.objectContaining({ code: 'WIRE_UNENCODABLE' }));
  });
});

describe('parseDomainSearch', () => {
  it.each([
    ['a label that is cut', '03 6162', 1],
    ['a name without an end', '01 61', 2],
    ['half a pointer', '01 61 00 c0', 4],
    ['a pointer to itself', 'c000', 0],
    ['a name that points into itself', '0161 c000', 2],
    ['a pointer forward', '0161 00 c009', 3],
  ])('reports %s', (_, hex, offset) => {
    expect(parseDomainSearch(fromHex(hex))).toMatchObject({ error: { code: 'WIRE_TRUNCATED', offset } });
  });

  it('never throws, and ends, whatever the octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => {
        const parsed = parseDomainSearch(octets);
        if (!parsed.ok) expect(parsed.error.offset).toBeLessThanOrEqual(octets.length);
      }),
    );
  });
});
