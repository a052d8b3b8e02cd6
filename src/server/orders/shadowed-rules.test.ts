import { describe, expect, it } from 'vitest';
import { shadowedRules } from './shadowed-rules.ts';
import { chainTo, conditions } from './testing/made-orders.ts';

type Match = Parameters<typeof conditions>[0];
const found = (...matches: Match[]) =>
  shadowedRules(matches.map((match) => ({ match: conditions(match), order: chainTo('x') })));

describe('shadowedRules', () => {
  it.each<[string, Match, Match]>([
    ['the same address in another spelling', { mac: '00:12:34:56:78:90' }, { mac: '0012.3456.7890' }],
    ['a vendor before one of its addresses', { mac: '00:12:34' }, { mac: '00:12:34:56:78:90' }],
    ['a wider pattern', { serial: 'A*' }, { serial: ['A1', 'AB*'], product: 'x' }],
    ['a network in a network', { ip: '10.188.0.0/16' }, { ip: ['10.188.3.0/24', '10.188.4.4'] }],
    ['everybody', { mac: '*' }, { serial: '7' }],
    ['another name of the same variable', { address: '10.0.0.1' }, { ip: '10.0.0.1' }],
    ['fewer that it must not be', { serial: { not: 'A1' } }, { serial: { not: 'A*' } }],
    ['one of several addresses', { mac: ['0012345678aa', '0012345678bb'] }, { mac: '00-12-34-56-78-bb' }],
  ])('finds %s', (_, earlier, later) => {
    expect(found(earlier, later)).toEqual([{ rule: 1, by: 0 }]);
  });

  it.each<[string, Match, Match]>([
    ['a narrower pattern', { serial: 'A1*' }, { serial: 'A*' }],
    ['one more condition', { mac: '00:12:34', serial: '7' }, { mac: '00:12:34:56:78:90' }],
    ['another variable', { serial: '7' }, { asset: '7' }],
    ['only a part of the patterns', { serial: ['a', 'b'] }, { serial: ['a', 'c'] }],
    ['the opposite', { serial: { not: 'a' } }, { serial: 'a' }],
    ['a wider exception', { serial: { not: 'A*' } }, { serial: { not: 'A1' } }],
    ['addresses that differ', { mac: '0012345678aa' }, { mac: '0012345678ab' }],
  ])('leaves a rule alone after %s', (_, earlier, later) => {
    expect(found(earlier, later)).toEqual([]);
  });

  it('names the first that is in the way', () => {
    expect(found({ serial: 'x' }, { asset: 'A*' }, { mac: '*' }, { asset: 'A1' })).toEqual([
      { rule: 3, by: 1 },
    ]);
  });
});
