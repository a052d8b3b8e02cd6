import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { gatheredOutput } from './gathered-output.ts';

describe('gatheredOutput', () => {
  it('writes the lines of one turn together and in order', async () => {
    const written: string[] = [];
    const out = gatheredOutput((text) => written.push(text));
    out('a\n');
    out('b\n');
    expect(written).toEqual([]);
    await setImmediate();
    out('c\n');
    await setImmediate();
    expect(written).toEqual(['a\nb\n', 'c\n']);
  });

  it('keeps no more than 64 KiB waiting', () => {
    const written: string[] = [];
    const out = gatheredOutput((text) => written.push(text));
    for (let n = 0; n < 100; n++) out('x'.repeat(1023));
    expect(written.map((text) => text.length)).toEqual([65 * 1023]);
  });
});
