import { describe, expect, it } from 'vitest';
import { RenewedSecs } from './renewed-secs.ts';

const SECOND = 1_000_000_000n;

describe('RenewedSecs', () => {
  it('counts on from the first of a boot, by the time of now', () => {
    const secs = new RenewedSecs();
    expect(secs.secs(4, 104n * SECOND, 10_000)).toBe(4);
    expect(secs.secs(8, 108n * SECOND, 11_000)).toBe(5);
    expect(secs.secs(16, 117n * SECOND, 60_000)).toBe(54);
  });

  it('begins anew with a client that begins anew', () => {
    const secs = new RenewedSecs();
    secs.secs(8, 108n * SECOND, 0);
    expect(secs.secs(0, 200n * SECOND, 5_000)).toBe(0);
  });

  it('keeps the zeros of a client that does not count', () => {
    const secs = new RenewedSecs();
    expect(secs.secs(0, 100n * SECOND, 0)).toBe(0);
    expect(secs.secs(0, 110n * SECOND, 1_000)).toBe(0);
  });

  it('fits its field', () => {
    const secs = new RenewedSecs();
    secs.secs(0, 0n, 0);
    expect(secs.secs(1, SECOND, 1e9)).toBe(0xffff);
  });
});
