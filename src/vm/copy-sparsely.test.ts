import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copySparsely } from './copy-sparsely.ts';

const MIB = 1_048_576;
const SECTOR_OCTETS = 512;

async function copyOf(octets: Uint8Array) {
  const folder = await mkdtemp(join(tmpdir(), 'pxebench-test-'));
  await using _ = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  await writeFile(from, octets);
  await writeFile(to, 'what was there before, and longer than some of the files');
  await copySparsely(from, to);
  return { octets: await readFile(to), occupied: (await stat(to)).blocks * SECTOR_OCTETS };
}

describe('copySparsely', () => {
  it.each([
    { name: 'an empty file', octets: new Uint8Array(0) },
    { name: 'a few octets', octets: Uint8Array.of(1, 2, 3) },
    { name: 'zeros at the end', octets: Uint8Array.from({ length: 200_001 }, (_, i) => (i === 0 ? 1 : 0)) },
    { name: 'zeros at the beginning', octets: Uint8Array.from({ length: 200_001 }, (_, i) => i >> 17) },
  ])('copies $name octet for octet', async ({ octets }) => {
    expect((await copyOf(octets)).octets.equals(octets)).toBe(true);
  });

  it('takes no room for zeros', async () => {
    const octets = new Uint8Array(8 * MIB);
    octets[5 * MIB] = 1;
    const copy = await copyOf(octets);
    expect(copy.octets.equals(octets)).toBe(true);
    expect(copy.occupied).toBeLessThan(MIB);
  });
});
