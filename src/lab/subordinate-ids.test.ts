import { describe, expect, it } from 'vitest';
import { freeStart, rangeOf } from './subordinate-ids.ts';

const ann = { name: 'ann', uid: 1000 };

describe('rangeOf', () => {
  it.each([
    { file: 'a line with the name', text: 'bob:100000:65536\nann:165536:65536\n', start: 165_536 },
    { file: 'a line with the number', text: '1000:231072:65536\n', start: 231_072 },
    { file: 'two lines, of which the first counts', text: 'ann:1:10\nann:100000:65536\n', start: 1 },
  ])('reads $file', ({ text, start }) => {
    expect(rangeOf(text, ann)?.start).toBe(start);
  });

  it.each([
    { file: 'an empty file', text: '' },
    { file: 'somebody whose name begins alike', text: 'anna:100000:65536\n' },
    { file: 'a line that was cut', text: 'ann:100000\n' },
    { file: 'a comment', text: '# ann:100000:65536\n' },
  ])('finds none in $file', ({ text }) => {
    expect(rangeOf(text, ann)).toBeUndefined();
  });
});

describe('freeStart', () => {
  it('is the usual first id where nobody has any', () => {
    expect(freeStart(['', ''])).toBe(100_000);
  });

  it('is behind the last of both files, in whatever order', () => {
    expect(freeStart(['ann:231072:65536\nbob:100000:65536\n', 'ann:100000:65536\n'])).toBe(296_608);
  });
});
