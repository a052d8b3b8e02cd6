import { describe, expect, it } from 'vitest';
import { decodeQuery, percentDecode } from './uri-query.ts';

describe('decodeQuery', () => {
  it('reads the boot2 query as iPXE 2019 sends it: a plus is a plus, asset stands twice, empty values are kept', () => {
    const query =
      'mac=00%3A12%3A34%3A56%3A78%3A90&asset=&userclass=&product=Standard%20PC%20(i440FX%20+%20PIIX,%201996)&asset=';
    expect(decodeQuery(query)).toEqual([
      { name: 'mac', value: '00:12:34:56:78:90' },
      { name: 'asset', value: '' },
      { name: 'userclass', value: '' },
      { name: 'product', value: 'Standard PC (i440FX + PIIX, 1996)' },
      { name: 'asset', value: '' },
    ]);
  });

  it.each([
    ['', []],
    ['a', [{ name: 'a', value: '' }]],
    ['=b', [{ name: '', value: 'b' }]],
    ['a=b=c', [{ name: 'a', value: 'b=c' }]],
    [
      'a&&b',
      [
        { name: 'a', value: '' },
        { name: '', value: '' },
        { name: 'b', value: '' },
      ],
    ],
  ])('reads %j', (query, parameters) => {
    expect(decodeQuery(query)).toEqual(parameters);
  });
});

describe('percentDecode', () => {
  it.each([
    ['%2B', '+'],
    ['100%', '100%'],
    ['%zz', '%zz'],
    ['%4', '%4'],
    ['%C3%A4', 'ä'],
    ['%ff', '\ufffd'],
  ])('reads %s as %s', (text, decoded) => {
    expect(percentDecode(text)).toBe(decoded);
  });
});
