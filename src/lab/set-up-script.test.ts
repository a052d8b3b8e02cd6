import { describe, expect, it } from 'vitest';
import { SEED_LAB, seedLab } from './lab-spec.ts';
import { setUpScript, setUpSteps } from './set-up-script.ts';

const step = (steps: ReturnType<typeof setUpSteps>, name: string): string | undefined =>
  steps.find((one) => one.name === name)?.shell;

describe('setUpSteps', () => {
  it('binds its resolv.conf over the one of the machine', () => {
    expect(step(setUpSteps(SEED_LAB, '/etc/resolv.conf'), 'resolver')).toContain(
      "mount --bind /run/lab/resolv.conf '/etc/resolv.conf'",
    );
  });

  it('makes the file anew where the tmpfs on /run hides it, as with systemd-resolved', () => {
    const shell = step(setUpSteps(SEED_LAB, '/run/systemd/resolve/stub-resolv.conf'), 'resolver');

    expect(shell).toContain("mkdir -p '/run/systemd/resolve'");
    expect(shell).toContain("cp /run/lab/resolv.conf '/run/systemd/resolve/stub-resolv.conf'");
  });

  it('leaves the resolver alone without a DNS server or a file to put its address into', () => {
    const { dns, ...noDns } = SEED_LAB;
    expect(dns).toBeDefined();
    expect(step(setUpSteps(noDns, '/etc/resolv.conf'), 'resolver')).toBeUndefined();
    expect(step(setUpSteps(SEED_LAB, undefined), 'resolver')).toBeUndefined();
  });

  it('puts each interface on the bridge of its network', () => {
    const lines = setUpSteps(seedLab({ with: ['mirror'] }), undefined).flatMap((one) => one.batch ?? []);

    expect(lines).toContain('link set dev gateway master br0 up');
    expect(lines).toContain('link set dev gateway.1 master br1 up');
    expect(lines).toContain('link set dev mirror master br1 up');
    expect(lines).toContain('addr add 10.189.0.1/24 brd + dev eth1');
    expect(lines).toContain('route add default via 10.189.0.1');
  });
});

describe('setUpScript', () => {
  it('says each step before it is done, and ready when all are', () => {
    const steps = [
      { name: 'a', shell: 'true' },
      { name: 'b', shell: 'false' },
    ];
    expect(setUpScript(steps).split('\n').slice(0, 8)).toEqual([
      'set -e',
      'umask 022',
      'echo entered',
      'echo step 0',
      'true',
      'echo step 1',
      'false',
      'echo ready',
    ]);
  });
});
