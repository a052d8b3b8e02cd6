import { open } from 'node:fs/promises';

const CHUNK_OCTETS = 65_536;

/**
 * Copies a file, and leaves holes where it has nothing but zeros: a variable flash of 64 MiB is that almost
 * everywhere, and the lab it is copied to lies in memory.
 */
export async function copySparsely(from: string, to: string): Promise<void> {
  await using source = await open(from, 'r');
  await using target = await open(to, 'w');
  const chunk = Buffer.alloc(CHUNK_OCTETS);
  let at = 0;
  for (;;) {
    const { bytesRead } = await source.read(chunk, 0, CHUNK_OCTETS, at);
    if (bytesRead === 0) break;
    const octets = chunk.subarray(0, bytesRead);
    if (octets.some((octet) => octet !== 0)) await target.write(octets, 0, bytesRead, at);
    at += bytesRead;
  }
  await target.truncate(at);
}
