import { describe } from 'vitest';
import { ipv4 } from '../../wire/address.ts';
import { addressesOption } from '../../wire/dhcp/opt-addresses.ts';
import { u32Option } from '../../wire/dhcp/opt-numbers.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { HTTP_CLIENT, type Message, option, PXE_CLIENT, reply } from '../testing/dhcp.ts';
import { judge } from '../testing/fixtures.ts';
import { VENDOR_CHECKS } from './vendor.ts';

const PXE = option(OPTION.vendorClass, 'PXEClient');
const FIRMWARE: Message = { options: PXE_CLIENT };
const MACHINE = option(OPTION.clientMachineId, Uint8Array.of(0, ...Array(16).fill(7)));
const vendor = (...octets: readonly number[]) => [
  PXE,
  option(OPTION.vendorSpecific, Uint8Array.from(octets)),
];
const NOWHERE = ipv4('0.0.0.0');
const PROXY: Message = { yiaddr: NOWHERE, without: [51], options: [PXE] };
const BOOT_SERVER: Message = { type: 'ack', ports: [4011, 4011], without: [51], options: [PXE] };
const item = (type: number) => option(OPTION.vendorSpecific, Uint8Array.of(71, 4, 0, type, 0, 0, 255));

describe('VENDOR_CHECKS', () => {
  judge(VENDOR_CHECKS, {
    'pxe.reply.vendor-class-exact': {
      passes: [reply({ options: [PXE] }, FIRMWARE)],
      fails: [
        reply({ options: [option(OPTION.vendorClass, 'PXEClient\0')] }, FIRMWARE),
        reply({ options: [option(OPTION.vendorClass, 'PXEClient:Arch:00000:UNDI:002001')] }, FIRMWARE),
        reply({ options: [option(OPTION.vendorClass, 'pxeclient')] }, FIRMWARE),
      ],
      doesNotApply: [reply({}, FIRMWARE), reply({ options: [option(OPTION.vendorClass, 'MSFT 5.0')] })],
    },
    'pxe.reply.only-to-pxe-clients': {
      passes: [reply({ options: [PXE] }, FIRMWARE)],
      fails: [
        reply({ options: [PXE] }),
        reply({ options: [PXE] }, { options: [option(OPTION.vendorClass, 'PXEClien')] }),
        reply({ options: [PXE] }, { options: HTTP_CLIENT }),
      ],
      doesNotApply: [reply({}, FIRMWARE), reply({ options: [PXE] }, 'unseen')],
    },
    'pxe.reply.echoes-machine-id': {
      passes: [reply({ options: [PXE, MACHINE] }, FIRMWARE)],
      fails: [
        reply({ options: [PXE] }, FIRMWARE),
        reply(
          { options: [PXE, option(OPTION.clientMachineId, Uint8Array.of(0, ...Array(16).fill(8)))] },
          FIRMWARE,
        ),
      ],
      doesNotApply: [
        reply({}, FIRMWARE),
        // Malformed: not to be echoed.
        reply({ options: [PXE] }, { options: [option(OPTION.clientMachineId, Uint8Array.of(0, 1))] }),
      ],
    },
    'dhcp.reply.echoes-machine-id': {
      passes: [reply({ file: 'undionly.kpxe', options: [MACHINE] }, FIRMWARE)],
      fails: [reply({ file: 'undionly.kpxe' }, FIRMWARE)],
      doesNotApply: [reply({}, FIRMWARE), reply({ file: 'undionly.kpxe' })],
    },
    'pxe.vendor-options.readable': {
      passes: [reply({ options: vendor(6, 1, 8, 255) }, FIRMWARE)],
      fails: [
        reply({ options: vendor(6, 9, 8) }, FIRMWARE),
        reply({ options: vendor(6, 2, 8, 8, 255) }, FIRMWARE),
        reply({ options: vendor(8, 3, 0, 0, 1, 255) }, FIRMWARE),
      ],
      doesNotApply: [
        reply({ options: [PXE] }, FIRMWARE),
        // Of another vendor, to whom the tags say something else.
        reply({ options: [option(OPTION.vendorSpecific, Uint8Array.of(6, 9, 8))] }),
      ],
    },
    'pxe.vendor-options.end': {
      passes: [reply({ options: vendor(6, 1, 8, 255) }, FIRMWARE)],
      fails: [reply({ options: vendor(6, 1, 8) }, FIRMWARE)],
      doesNotApply: [reply({ options: vendor(6, 9, 8) }, FIRMWARE), reply()],
    },
    'pxe.discovery-control.reserved-bits': {
      passes: [reply({ options: vendor(6, 1, 8, 255) }, FIRMWARE)],
      fails: [reply({ options: vendor(6, 1, 0x18, 255) }, FIRMWARE)],
      doesNotApply: [reply({ options: vendor(255) }, FIRMWARE)],
    },
    'pxe.discovery-control.boot-file-at-hand': {
      passes: [reply({ file: 'undionly.kpxe', options: vendor(6, 1, 8, 255) }, FIRMWARE)],
      fails: [reply({ options: vendor(6, 1, 8, 255) }, FIRMWARE)],
      doesNotApply: [reply({ options: vendor(6, 1, 7, 255) }, FIRMWARE)],
    },
    'pxe.discovery-control.multicast-address': {
      passes: [reply({ options: vendor(6, 1, 0, 7, 4, 224, 0, 1, 2, 255) }, FIRMWARE)],
      fails: [reply({ options: vendor(6, 1, 0, 255) }, FIRMWARE)],
      doesNotApply: [
        reply({ options: vendor(6, 1, 2, 255) }, FIRMWARE),
        reply({ options: vendor(6, 1, 8, 255) }, FIRMWARE),
      ],
    },
    'proxy.offer.no-lease': {
      passes: [reply(PROXY, FIRMWARE)],
      fails: [reply({ ...PROXY, options: [PXE, option(OPTION.leaseTime, u32Option(60))] }, FIRMWARE)],
      doesNotApply: [reply({}, FIRMWARE)],
    },
    'proxy.offer.vendor-class': {
      passes: [reply(PROXY, FIRMWARE)],
      fails: [reply({ ...PROXY, options: [] }, FIRMWARE)],
      doesNotApply: [reply({}, FIRMWARE), reply({ ...PROXY, options: [] }, { options: HTTP_CLIENT })],
    },
    'proxy.offer.no-network': {
      passes: [reply(PROXY, FIRMWARE)],
      fails: [
        reply(
          { ...PROXY, options: [PXE, option(OPTION.router, addressesOption(ipv4('10.188.0.1')))] },
          FIRMWARE,
        ),
      ],
      doesNotApply: [reply({}, FIRMWARE)],
    },
    'boot-server.ack.port': {
      passes: [
        reply(BOOT_SERVER, { type: 'request', ports: [4011, 4011] }),
        reply({ ...BOOT_SERVER, ports: [4011, 68] }, { type: 'request', ports: [68, 4011] }),
      ],
      fails: [reply(BOOT_SERVER, { type: 'request', ports: [68, 4011] })],
      doesNotApply: [reply({ type: 'ack' }, { type: 'request' }), reply(BOOT_SERVER, 'unseen')],
    },
    'boot-server.ack.names-file': {
      passes: [reply({ ...BOOT_SERVER, file: 'undionly.kpxe' }, { type: 'request' })],
      fails: [reply(BOOT_SERVER, { type: 'request' })],
      doesNotApply: [reply({ type: 'ack' }, { type: 'request' })],
    },
    'boot-server.ack.item-type': {
      passes: [reply({ ...BOOT_SERVER, options: [PXE, item(3)] }, { type: 'request', options: [item(3)] })],
      fails: [
        reply({ ...BOOT_SERVER, options: [PXE, item(4)] }, { type: 'request', options: [item(3)] }),
        reply(BOOT_SERVER, { type: 'request', options: [item(3)] }),
      ],
      doesNotApply: [reply(BOOT_SERVER, { type: 'request' }), reply({ type: 'ack' }, { options: [item(3)] })],
    },
  });
});
