import { openSync, readlinkSync } from 'node:fs';
import { getuid } from 'node:process';
import { describe, expect, it } from 'vitest';
import { inNetworkNamespace, inNewNetworkNamespace } from './network-namespace.ts';

const here = (): string => readlinkSync('/proc/thread-self/ns/net');

describe.skipIf(getuid?.() !== 0)('inNetworkNamespace (needs root: run as root)', () => {
  it('is there inside, and here again afterwards', () => {
    const home = here();
    const homeFd = openSync('/proc/thread-self/ns/net', 'r');
    const [there, back] = inNewNetworkNamespace(() => [
      here(),
      inNetworkNamespace(`/proc/self/fd/${homeFd}`, () => here()),
    ]);

    expect(there).not.toBe(home);
    expect(here()).toBe(home);
    expect(back).toBe(home);
  });

  it('comes back when the work throws', () => {
    const home = here();
    const broken = new Error('work broke');

    expect(() =>
      inNewNetworkNamespace(() => {
        throw broken;
      }),
    ).toThrow(broken);
    expect(here()).toBe(home);
  });

  it('says what was to be entered when it is no network namespace', () => {
    expect(() => inNetworkNamespace('/proc/self/ns/mnt', () => 1)).toThrow(
      expect.objectContaining({
        code: 'OS_CALL_FAILED',
        call: 'setns(/proc/self/ns/mnt)',
        errno: 'EINVAL',
      }),
    );
  });
});
