import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ComparedRow } from './compare-profiles.ts';
import { foldRows } from './fold-rows.ts';

const row = (outcome: ComparedRow['outcome'], path: string, allowed = false): ComparedRow => ({
  outcome,
  path,
  allowed,
  a: 1,
  b: 1,
  detail: undefined,
});

const paths = (rows: ReturnType<typeof foldRows>): readonly string[] =>
  rows.map((one) => ('facts' in one ? `${one.path} (${one.facts})` : one.path));

describe('foldRows', () => {
  it('makes one row of a stage, a topic or a subject that one side alone has', () => {
    const rows = [
      row('gone', 'ipxe.dhcp.discover.options'),
      row('gone', 'ipxe.http.get.headers'),
      row('same', 'firmware.arp.requests.targets'),
      row('new', 'firmware.dhcp.request.options'),
      row('new', 'firmware.dhcp.request.hops'),
      row('changed', 'firmware.dhcp.discover.options'),
      row('new', 'firmware.tftp.read.mode'),
    ];
    expect(paths(foldRows(rows))).toEqual([
      'ipxe (2)',
      'firmware.arp.requests.targets',
      'firmware.dhcp.request (2)',
      'firmware.dhcp.discover.options',
      'firmware.tftp.read.mode',
    ]);
  });

  it('keeps apart what may differ and what may not', () => {
    const rows = [row('gone', 'ipxe.dhcp.discover.options', true), row('gone', 'ipxe.dhcp.request.options')];
    expect(paths(foldRows(rows))).toEqual(['ipxe.dhcp.discover.options', 'ipxe.dhcp.request.options']);
  });

  it('loses no row and adds none', () => {
    const part = fc.constantFrom('a', 'b');
    const rows = fc.uniqueArray(
      fc.record({
        outcome: fc.constantFrom('same', 'changed', 'gone', 'new'),
        path: fc.tuple(part, part, part, part).map((parts) => parts.join('.')),
        allowed: fc.boolean(),
      }),
      { selector: ({ path }) => path },
    );
    fc.assert(
      fc.property(rows, (some) => {
        const all = some.map(({ outcome, path, allowed }) =>
          row(outcome as ComparedRow['outcome'], path, allowed),
        );
        const folded = foldRows(all).flatMap((one) => ('facts' in one ? one.rows : [one]));
        expect(new Set(folded)).toEqual(new Set(all));
        expect(folded).toHaveLength(all.length);
      }),
    );
  });
});
