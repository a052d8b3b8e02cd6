import { describe, expect, it } from 'vitest';
import { FLEXBOOT, IPXE, IPXE_RFC3004, option, PXE_BIOS } from '../story/testing/boot.ts';
import { JudgedBoot } from './testing/boot.ts';

const LOADER = { file: 'undionly.kpxe' };

describe('chainloadFindings', () => {
  const loopOf = (...returns: readonly Parameters<JudgedBoot['dora']>[0][]) => {
    const boot = new JudgedBoot().dora(PXE_BIOS, LOADER).read('undionly.kpxe');
    for (const options of returns) boot.wait(2).dora(options, LOADER).read('undionly.kpxe');
    return boot.findings('boot.loop');
  };

  it.each([
    ['bare iPXE', IPXE, /says so \(option 77 "iPXE"\): the server has no branch for it$/],
    [
      'the form of RFC 3004',
      IPXE_RFC3004,
      /in the form of RFC 3004 .*: the server knows the bare form only$/,
    ],
    [
      'no user class',
      FLEXBOOT,
      /by option 175, and has no user class \(77 absent.*looks at option 77 alone$/,
    ],
    [
      'another user class',
      [...FLEXBOOT, option(77, 'rack7')],
      /by option 175, and its user class is "rack7": the server looks for "iPXE" in option 77 alone$/,
    ],
  ])('tells the cause of a loop: %s', (_, options, because) => {
    const [finding] = loopOf(options);
    expect(finding).toMatchObject({
      weight: 'failure',
      says: 'undionly.kpxe was fetched 2 times, each time after DHCP began anew',
      because: expect.stringMatching(because),
    });
    // The first read, the DISCOVER that says who it is, the last read.
    expect(finding?.frames.slice(0, 3)).toEqual([5, 7, 8]);
  });

  it('tells a loop of what never says that it is iPXE, and is sure the third time', () => {
    expect(loopOf(PXE_BIOS)).toMatchObject([
      {
        weight: 'warning',
        because: expect.stringMatching(
          /no user class \(77 absent\), 175 absent\): the program did not start/,
        ),
      },
    ]);
    expect(loopOf(PXE_BIOS, PXE_BIOS)).toMatchObject([{ weight: 'failure' }]);
  });

  it('does not mistake a file that is read twice for one, nor a chainload that works', () => {
    const twice = new JudgedBoot().dora(PXE_BIOS, LOADER).read('undionly.kpxe').read('undionly.kpxe');
    expect(twice.findings('boot.loop')).toEqual([]);
    const chain = new JudgedBoot()
      .dora(PXE_BIOS, LOADER)
      .read('undionly.kpxe')
      .dora(IPXE, { file: 'boot.ipxe' })
      .read('boot.ipxe');
    expect(chain.findings('boot.loop')).toEqual([]);
  });
});
