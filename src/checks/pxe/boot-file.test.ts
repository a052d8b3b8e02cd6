import { describe } from 'vitest';
import { ipv4 } from '../../wire/address.ts';
import { addressesOption } from '../../wire/dhcp/opt-addresses.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { HTTP_CLIENT, IPXE_CLIENT, type Message, option, PXE_CLIENT, reply } from '../testing/dhcp.ts';
import { judge } from '../testing/fixtures.ts';
import { BOOT_FILE_CHECKS } from './boot-file.ts';

const FIRMWARE: Message = { options: PXE_CLIENT };
const IPXE: Message = { options: IPXE_CLIENT };
const HTTP: Message = { options: HTTP_CLIENT };
const NAMED = option(OPTION.bootFileName, 'undionly.kpxe');
const HTTP_CLASS = option(OPTION.vendorClass, 'HTTPClient');
const url = (text: string) => option(OPTION.bootFileName, text);
const DNS = option(OPTION.domainNameServer, addressesOption(ipv4('10.188.0.20')));

describe('BOOT_FILE_CHECKS', () => {
  judge(BOOT_FILE_CHECKS, {
    'pxe.boot-file.one-name': {
      passes: [
        reply({ file: 'undionly.kpxe', options: [NAMED] }),
        // dnsmasq's NUL.
        reply({ file: 'undionly.kpxe', options: [url('undionly.kpxe\0')] }),
      ],
      fails: [reply({ file: 'pxelinux.0', options: [NAMED] }), reply({ file: 'undionly', options: [NAMED] })],
      doesNotApply: [reply({ options: [NAMED] }), reply({ file: 'undionly.kpxe' })],
    },
    'pxe.boot-file.one-server-name': {
      passes: [reply({ sname: 'pxe', options: [option(OPTION.tftpServerName, 'pxe')] })],
      fails: [reply({ sname: 'pxe', options: [option(OPTION.tftpServerName, 'tftp')] })],
      doesNotApply: [reply({ sname: 'pxe' })],
    },
    'pxe.boot-file.in-offer-and-ack': {
      passes: [reply({ type: 'ack', file: 'a' }, { type: 'request' }, { offer: { file: 'a' } })],
      fails: [reply({ type: 'ack' }, { type: 'request' }, { offer: { file: 'a' } })],
      doesNotApply: [reply({ type: 'ack' }, { type: 'request' }, { offer: {} }), reply({ file: 'a' })],
    },
    'pxe.boot-file.no-url-for-tftp-firmware': {
      passes: [reply({ options: [NAMED] }, FIRMWARE)],
      fails: [reply({ options: [url('http://pxe.example.com/boot1.txt')] }, FIRMWARE)],
      doesNotApply: [
        reply({ options: [url('http://pxe.example.com/boot1.txt')] }, IPXE),
        reply({}, FIRMWARE),
      ],
    },
    'http-boot.offer.vendor-class': {
      passes: [reply({ options: [HTTP_CLASS] }, HTTP)],
      fails: [reply({}, HTTP), reply({ options: [option(OPTION.vendorClass, 'PXEClient')] }, HTTP)],
      doesNotApply: [reply({}, FIRMWARE)],
    },
    'http-boot.offer.url': {
      passes: [reply({ options: [HTTP_CLASS, url('http://10.188.0.10/ipxe.efi')] }, HTTP)],
      fails: [reply({ options: [HTTP_CLASS, url('ipxe.efi')] }, HTTP)],
      doesNotApply: [reply({ options: [HTTP_CLASS] }, HTTP), reply({ options: [NAMED] }, FIRMWARE)],
    },
    'http-boot.offer.name-server': {
      passes: [reply({ options: [url('http://pxe.example.com/ipxe.efi'), DNS] }, HTTP)],
      fails: [reply({ options: [url('http://pxe.example.com/ipxe.efi')] }, HTTP)],
      doesNotApply: [
        reply({ options: [url('http://10.188.0.10/ipxe.efi')] }, HTTP),
        reply({ options: [url('http://[fd00::10]/ipxe.efi')] }, HTTP),
        reply({ options: [url('http://pxe.example.com/ipxe.efi')] }, IPXE),
      ],
    },
    'ipxe.options.only-to-ipxe': {
      passes: [reply({ options: [option(OPTION.ipxe, Uint8Array.of(176, 1, 1))] }, IPXE)],
      fails: [reply({ options: [option(OPTION.ipxe, Uint8Array.of(176, 1, 1))] }, FIRMWARE)],
      doesNotApply: [reply({}, IPXE)],
    },
    'ipxe.options.readable': {
      passes: [reply({ options: [option(OPTION.ipxe, Uint8Array.of(176, 1, 1))] }, IPXE)],
      fails: [reply({ options: [option(OPTION.ipxe, Uint8Array.of(176, 4, 1))] }, IPXE)],
      doesNotApply: [reply({}, IPXE)],
    },
    'pxelinux.options.form': {
      passes: [
        reply({
          options: [
            option(OPTION.pxelinuxConfigFile, 'configs/common'),
            option(OPTION.pxelinuxPathPrefix, '/tftpboot/'),
            option(OPTION.pxelinuxRebootTime, Uint8Array.of(0, 0, 0, 30)),
          ],
        }),
      ],
      fails: [
        reply({ options: [option(OPTION.pxelinuxConfigFile, '')] }),
        reply({ options: [option(OPTION.pxelinuxPathPrefix, '/tftpboot/\0')] }),
        reply({ options: [option(OPTION.pxelinuxRebootTime, Uint8Array.of(30))] }),
      ],
      doesNotApply: [reply()],
    },
  });
});
