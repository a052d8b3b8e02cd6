import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ALL_CHECKS } from './all-checks.ts';

const CLAUSES = readFileSync(new URL('../../docs/clauses.md', import.meta.url), 'utf8');
const ROWS = new Set([...CLAUSES.matchAll(/^\| ([A-Z0-9]+-\d{3}) \|/gm)].map(([, row]) => row));

describe('ALL_CHECKS', () => {
  it('has each id once', () => {
    const ids = ALL_CHECKS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('names rows that the catalogue has', () => {
    expect(ALL_CHECKS.flatMap(({ rows }) => rows).filter((row) => !ROWS.has(row))).toEqual([]);
  });

  it('quotes or says something of every clause', () => {
    for (const { id, clause } of ALL_CHECKS) {
      expect('quote' in clause ? clause.quote : clause.says, id).not.toBe('');
      expect(clause.document, id).not.toBe('');
    }
  });
});
