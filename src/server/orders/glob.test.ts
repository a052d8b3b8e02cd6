import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob, coversGlob, matchesGlob } from './glob.ts';

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 12 });
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 8 });

describe('matchesGlob', () => {
  it('does what the regular expression of the pattern does', () => {
    fc.assert(
      fc.property(pattern, letters, (glob, text) => {
        const source = glob.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(matchesGlob(glob, text)).toBe(new RegExp(`^${source}$`).test(text));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('compileGlob', () => {
  it('matches what the pattern matches', () => {
    fc.assert(
      fc.property(pattern, letters, (glob, text) => {
        expect(compileGlob(glob)(text)).toBe(matchesGlob(glob, text));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('coversGlob', () => {
  it('is never true where the narrow pattern matches a text that the wide one does not', () => {
    fc.assert(
      fc.property(pattern, pattern, letters, (wide, narrow, text) => {
        if (coversGlob(wide, narrow) && matchesGlob(narrow, text)) expect(matchesGlob(wide, text)).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['*', 'a?', true],
    ['a*', 'a', true],
    ['a*', 'ab*c', true],
    ['ab*', 'a*', false],
    ['a?', 'ab', true],
    ['', 'a', false],
  ])('of %j and %j is %s', (wide, narrow, covers) => {
    expect(coversGlob(wide, narrow)).toBe(covers);
  });
});
