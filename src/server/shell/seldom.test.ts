import { describe, expect, it } from 'vitest';
import { seldom } from './seldom.ts';

describe('seldom', () => {
  it('says the first, and how many more there were with the first after ten seconds', () => {
    let now = 5;
    const said: string[] = [];
    const say = seldom({ now: () => now }, (text) => said.push(text));
    for (const text of ['a', 'b', 'c']) say(text);
    expect(said).toEqual(['a']);
    now += 10_000;
    say('d');
    say('e');
    now += 10_000;
    say('f');
    now += 10_000;
    say('g');
    expect(said).toEqual(['a', 'd; 2 more like it', 'f; 1 more like it', 'g']);
  });
});
