import { describe } from 'vitest';
import { Boot, IPXE, PXE_BIOS } from '../../story/testing/boot.ts';
import { ipv4 } from '../../wire/address.ts';
import { judge } from '../testing/fixtures.ts';
import { BOOT_CHECKS } from './boot.ts';

/** Firmware and iPXE of one machine, with the boot files and addresses that they were given. */
function boot(firmware: string, ipxe: string, address = ipv4('10.188.0.66')) {
  return new Boot()
    .dora(PXE_BIOS, { file: firmware })
    .read('undionly.kpxe')
    .dora(IPXE, { file: ipxe, yiaddr: address })
    .story();
}

describe('BOOT_CHECKS', () => {
  judge(BOOT_CHECKS, {
    'pxe.chainload.ends': {
      passes: [boot('undionly.kpxe', 'http://pxe.example.com/boot1.txt')],
      fails: [boot('undionly.kpxe', 'undionly.kpxe')],
      doesNotApply: [new Boot().dora(IPXE, { file: 'http://pxe.example.com/boot1.txt' }).story()],
    },
    'pxe.boot.one-address': {
      passes: [boot('undionly.kpxe', 'boot1.txt')],
      fails: [boot('undionly.kpxe', 'boot1.txt', ipv4('10.188.0.67'))],
      doesNotApply: [new Boot().dora(PXE_BIOS, { file: 'undionly.kpxe' }).story()],
    },
  });
});
