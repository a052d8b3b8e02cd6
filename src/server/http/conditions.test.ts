import { describe, expect, it } from 'vitest';
import { checkConditions, entityTag, type FileFacts } from './conditions.ts';

// Modified half a second after 08:49:37.
const facts: FileFacts = {
  size: 100,
  modified: Date.UTC(1994, 10, 6, 8, 49, 37, 500),
  changed: Date.UTC(1994, 10, 6, 8, 49, 38),
};
const SAME = 'Sun, 06 Nov 1994 08:49:37 GMT';
const BEFORE = 'Sun, 06 Nov 1994 08:49:36 GMT';
const AFTER = 'Sun, 06 Nov 1994 08:49:38 GMT';
const TAG = entityTag(facts);
const NOW = Date.UTC(2026, 10, 25);
const check = (fields: Readonly<Record<string, string>>, now = NOW) =>
  checkConditions(new Map(Object.entries(fields).map(([name, value]) => [name, [value]])), facts, now);

const PROCEED = { kind: 'proceed', ignoreRange: false };
const WHOLE = { kind: 'proceed', ignoreRange: true };
const FAILED = { kind: 'failed' };
const NOT_MODIFIED = { kind: 'not-modified' };

describe('checkConditions', () => {
  it.each([
    [{}, PROCEED],
    [{ 'if-match': TAG }, PROCEED],
    [{ 'if-match': '*' }, PROCEED],
    [{ 'if-match': `"a", ${TAG}` }, PROCEED],
    [{ 'if-match': '"a"' }, FAILED],
    [{ 'if-match': '' }, FAILED],
    // §13.1.1: compared strongly.
    [{ 'if-match': `W/${TAG}` }, FAILED],
    [{ 'if-unmodified-since': SAME }, PROCEED],
    [{ 'if-unmodified-since': AFTER }, PROCEED],
    [{ 'if-unmodified-since': BEFORE }, FAILED],
    [{ 'if-unmodified-since': 'yesterday' }, PROCEED],
    [{ 'if-none-match': TAG }, NOT_MODIFIED],
    [{ 'if-none-match': '*' }, NOT_MODIFIED],
    // §13.1.2: compared weakly.
    [{ 'if-none-match': `W/${TAG}` }, NOT_MODIFIED],
    [{ 'if-none-match': '"a", "b"' }, PROCEED],
    [{ 'if-modified-since': SAME }, NOT_MODIFIED],
    [{ 'if-modified-since': AFTER }, NOT_MODIFIED],
    [{ 'if-modified-since': BEFORE }, PROCEED],
    [{ 'if-modified-since': 'yesterday' }, PROCEED],
    [{ 'if-range': TAG }, PROCEED],
    [{ 'if-range': `W/${TAG}` }, WHOLE],
    [{ 'if-range': '"a"' }, WHOLE],
    [{ 'if-range': SAME }, PROCEED],
    [{ 'if-range': AFTER }, WHOLE],
    [{ 'if-range': 'yesterday' }, WHOLE],
  ])('answers %j with %j', (fields, wanted) => {
    expect(check(fields)).toEqual(wanted);
  });

  // §13.2.2: the order in which they count.
  it.each([
    [{ 'if-match': TAG, 'if-unmodified-since': BEFORE }, PROCEED],
    [{ 'if-match': '"a"', 'if-unmodified-since': AFTER }, FAILED],
    [{ 'if-match': '"a"', 'if-none-match': TAG }, FAILED],
    [{ 'if-none-match': '"a"', 'if-modified-since': AFTER }, PROCEED],
    [{ 'if-none-match': TAG, 'if-modified-since': BEFORE }, NOT_MODIFIED],
    [{ 'if-unmodified-since': AFTER, 'if-none-match': TAG }, NOT_MODIFIED],
    [{ 'if-match': TAG, 'if-range': '"a"' }, WHOLE],
  ])('weighs %j: %j', (fields, wanted) => {
    expect(check(fields)).toEqual(wanted);
  });

  it('does not trust a date of the very second for a range: the file may have changed again within it', () => {
    expect(check({ 'if-range': SAME }, facts.modified + 400)).toEqual(WHOLE);
  });
});

describe('entityTag', () => {
  it('is another where size, time of the content or time of the last change is', () => {
    const tags = [
      facts,
      { ...facts, size: 101 },
      { ...facts, modified: facts.modified + 0.001 },
      { ...facts, changed: facts.changed + 0.001 },
    ].map(entityTag);
    expect(new Set(tags).size).toBe(4);
    for (const tag of tags) expect(tag).toMatch(/^"[0-9a-f-]+"$/);
  });
});
