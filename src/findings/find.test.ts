import { describe, expect, it } from 'vitest';
import { IPXE, PXE_BIOS } from '../story/testing/boot.ts';
import { JudgedBoot } from './testing/boot.ts';

describe('findingsOf', () => {
  it('begins with who it is and how far it got', () => {
    const boot = new JudgedBoot().dora(PXE_BIOS, { file: 'a' }).read('a').dora(IPXE, { file: 'b' }).read('b');
    expect(boot.findings().slice(0, 2)).toMatchObject([
      { id: 'boot.who', says: 'dumb firmware, 0 (x86 BIOS), then iPXE (user class "iPXE"), 0 (x86 BIOS)' },
      { id: 'boot.reached', says: 'got as far as: iPXE read b by TFTP' },
    ]);
  });

  it('tells what is found again and again once', () => {
    const boot = new JudgedBoot().dora(PXE_BIOS, { file: 'a' });
    for (const port of [2000, 2001, 2002]) {
      boot.wire.tftp('client', port, 69, { kind: 'rrq', file: 'a', mode: 'octet', options: [] });
      boot.wire.tftp('server', port, 3000, { kind: 'error', code: 1, message: 'no' });
    }
    expect(boot.findings('tftp.refused')).toMatchObject([
      { weight: 'failure', says: 'the server refused a: ERROR 1 "no" (3 times)', frames: [5, 6, 9, 10] },
    ]);
  });
});
