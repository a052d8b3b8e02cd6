import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TidyMemory } from './tidy-memory.ts';

const MIB = 1024 * 1024;

/** So much of the heap, held by nobody: a weak reference tells whether it was collected. */
async function garbage(octets: number): Promise<WeakRef<readonly number[]>> {
  const reference = new WeakRef(Array.from({ length: octets / 8 }, (_, n) => n + 0.5));
  // What a weak reference was made for in this turn of the event loop stays for the rest of it.
  await setImmediate();
  return reference;
}

describe('TidyMemory', () => {
  it('collects garbage once there is much of it', async () => {
    const memory = new TidyMemory();
    const much = await garbage(32 * MIB);
    memory.look();
    expect(much.deref()).toBeUndefined();
  });

  it('leaves what is in use, and does not look for garbage again because of it', async () => {
    const memory = new TidyMemory();
    const inUse = Array.from({ length: (32 * MIB) / 8 }, (_, n) => n + 0.5);
    memory.look();
    const little = await garbage(1 * MIB);
    memory.look();
    expect(little.deref()).toBeDefined();
    expect(inUse).toHaveLength((32 * MIB) / 8);
  });
});
