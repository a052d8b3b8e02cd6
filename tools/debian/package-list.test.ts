import { describe, expect, it } from 'vitest';
import { asReleased, loadDebianPackages } from './package-list.ts';

describe('tools/debian-packages.yaml', () => {
  it('is what its schema says, and names each package once', async () => {
    const { install, unpack, foreign, bench } = await loadDebianPackages('tools/debian-packages.yaml');
    const names = [...install, ...unpack, ...foreign, ...bench].map((entry) => entry.package);

    expect(names).toEqual([...new Set(names)]);
    expect(names).toContain('qemu-system-x86');
  });
});

describe('asReleased', () => {
  it('takes the older name of a package where the release does not know the new one', async () => {
    const packages = await loadDebianPackages('tools/debian-packages.yaml');
    const bookworm = asReleased(packages, () => false).install.map((entry) => entry.package);
    const trixie = asReleased(packages, () => true).install.map((entry) => entry.package);

    expect(bookworm).toContain('qemu-system-misc');
    expect(bookworm).not.toContain('qemu-system-s390x');
    expect(trixie).toEqual(expect.arrayContaining(['qemu-system-s390x', 'qemu-system-riscv']));
    expect(trixie).not.toContain('qemu-system-misc');
    // The others have one name only.
    expect(bookworm).toContain('qemu-system-x86');
  });
});
