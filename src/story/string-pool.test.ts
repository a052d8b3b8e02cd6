import { describe, expect, it } from 'vitest';
import { StringPool } from './string-pool.ts';

describe('StringPool', () => {
  it('finds a text and a pair that were added', () => {
    const pool = new StringPool();
    const pair = ['Host', 'pxe.example.com'] as const;
    pool.add('10.188.0.10');
    pool.addPair(pair);
    expect(pool.find('10.188.0.10')).toBe('10.188.0.10');
    expect(pool.find('10.188.0.1')).toBeUndefined();
    expect(pool.findPair(['Host', 'pxe.example.com'])).toBe(pair);
    expect(pool.findPair(['Hos', 'tpxe.example.com'])).toBeUndefined();
  });

  it('does not remember long texts', () => {
    const pool = new StringPool();
    const text = 'x'.repeat(1_025);
    expect(pool.add(text)).toBe(text);
    expect(pool.find(text)).toBeUndefined();
    pool.addPair(['a', text]);
    expect(pool.findPair(['a', text])).toBeUndefined();
  });

  it('forgets all when it is full, and goes on', () => {
    const pool = new StringPool();
    pool.add('first');
    for (let n = 0; n <= 1_000; n++) pool.add(String(n).padEnd(1_000, 'x'));
    expect(pool.find('first')).toBeUndefined();
    pool.add('first');
    expect(pool.find('first')).toBe('first');
  });
});
