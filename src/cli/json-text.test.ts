import { describe, expect, it } from 'vitest';
import { jsonText, Unrolled } from './json-text.ts';

const written = (document: unknown): string => [...jsonText(document)].join('');
const plain = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`;

describe('jsonText', () => {
  it.each([
    { what: 'text', document: 'a\nb' },
    { what: 'a list', document: [1, { a: [] }] },
    { what: 'an object', document: { a: null, b: { c: ['x\n', 2] } } },
    { what: 'nothing', document: null },
  ])('writes $what as JSON.stringify does', ({ document }) => {
    expect(written(document)).toBe(plain(document));
  });

  it.each([
    { what: 'none', members: [] },
    { what: 'one', members: [{ a: 1 }] },
    { what: 'several', members: ['x\ny', { b: [1, 2], c: {} }, [], null] },
  ])('writes an unrolled list of $what as it would the list itself', ({ members }) => {
    const document = { before: { x: 1 }, list: new Unrolled(() => members), after: ['y'] };
    expect(written(document)).toBe(plain({ ...document, list: members }));
  });

  it('makes a member when it is its turn, and again for another reader', () => {
    const made: number[] = [];
    const document = {
      list: new Unrolled(function* () {
        for (const n of [1, 2]) {
          made.push(n);
          yield n;
        }
      }),
    };
    const pieces = jsonText(document);
    while (!pieces.next().value?.includes('1'));
    expect(made).toEqual([1]);
    expect(written(document)).toBe(plain({ list: [1, 2] }));
  });

  it('writes numbers of 64 bits as text', () => {
    expect(written({ timeNs: 1_800_000_000_000_000_001n })).toBe(plain({ timeNs: '1800000000000000001' }));
  });
});
