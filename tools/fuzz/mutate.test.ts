import { describe, expect, it } from 'vitest';
import { seededRandom } from '../seeded-random.ts';
import { mutate } from './mutate.ts';

const message = Uint8Array.from({ length: 300 }, (_, at) => at & 0xff);
const many = (seed: number): readonly string[] => {
  const random = seededRandom(seed);
  return Array.from({ length: 500 }, () => Buffer.from(mutate(message, [message], random)).toString('hex'));
};

describe('mutate', () => {
  it('makes the same octets of the same numbers, and others of others', () => {
    expect(many(1)).toEqual(many(1));
    expect(many(1)).not.toEqual(many(2));
  });

  it('makes longer, shorter and equally long messages, hardly ever the one that went in', () => {
    const lengths = many(3).map((hex) => hex.length / 2);
    expect(lengths.some((length) => length < 300)).toBe(true);
    expect(lengths.some((length) => length === 300)).toBe(true);
    expect(lengths.some((length) => length > 300)).toBe(true);
    const same = many(3).filter((hex) => hex === Buffer.from(message).toString('hex'));
    expect(same.length).toBeLessThan(25);
  });

  it('leaves the message that went in as it was, and bears an empty one', () => {
    const before = message.slice();
    many(4);
    expect(message).toEqual(before);
    const random = seededRandom(5);
    for (let n = 0; n < 200; n++) expect(mutate(new Uint8Array(0), [], random)).toBeInstanceOf(Uint8Array);
  });
});
