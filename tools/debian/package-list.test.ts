import { describe, expect, it } from 'vitest';
import { loadDebianPackages } from './package-list.ts';

describe('tools/debian-packages.yaml', () => {
  it('is what its schema says, and names each package once', async () => {
    const { install, unpack, foreign, bench } = await loadDebianPackages('tools/debian-packages.yaml');
    const names = [...install, ...unpack, ...foreign, ...bench].map((entry) => entry.package);

    expect(names).toEqual([...new Set(names)]);
    expect(names).toContain('qemu-system-x86');
  });
});
