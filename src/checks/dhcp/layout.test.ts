import { describe } from 'vitest';
import { ipv4 } from '../../wire/address.ts';
import { rawOptions } from '../../wire/dhcp/build-message.ts';
import { addressesOption } from '../../wire/dhcp/opt-addresses.ts';
import { u16Option, u32Option } from '../../wire/dhcp/opt-numbers.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { type Message, option, reply } from '../testing/dhcp.ts';
import { judge } from '../testing/fixtures.ts';
import { LAYOUT_CHECKS } from './layout.ts';

const BOOTP: Message = { type: 'bootp', without: [51, 53, 54] };
const NO_COOKIE: Message = { ...BOOTP, cookie: false };
const CUT: Message = { options: [rawOptions(Uint8Array.of(3, 200, 10))], end: false };
const seconds = (code: number, value: number) => option(code, u32Option(value));

describe('LAYOUT_CHECKS', () => {
  judge(LAYOUT_CHECKS, {
    'dhcp.reply.magic-cookie': {
      passes: [reply()],
      fails: [reply(NO_COOKIE)],
      doesNotApply: [reply(NO_COOKIE, { type: 'bootp', cookie: false })],
    },
    'dhcp.reply.options-readable': {
      passes: [reply()],
      fails: [reply(CUT)],
      doesNotApply: [reply(NO_COOKIE)],
    },
    'dhcp.reply.ends-with-end': {
      passes: [reply()],
      fails: [reply({ end: false })],
      doesNotApply: [reply(CUT), reply(NO_COOKIE)],
    },
    'dhcp.reply.pads-behind-end': {
      passes: [reply(), reply({ minimumLength: 400 })],
      fails: [reply({ options: [rawOptions(Uint8Array.of(255, 1, 2, 3))] })],
      doesNotApply: [reply({ end: false }), reply(NO_COOKIE)],
    },
    'dhcp.reply.minimum-size': {
      passes: [reply()],
      fails: [reply({ minimumLength: 0 })],
      doesNotApply: 'always applies',
    },
    'dhcp.reply.maximum-size': {
      passes: [
        reply({ minimumLength: 548 }),
        reply({ minimumLength: 1000 }, { options: [option(OPTION.maximumMessageSize, u16Option(1472))] }),
        // Less than every host takes is not listened to.
        reply({ minimumLength: 548 }, { options: [option(OPTION.maximumMessageSize, u16Option(300))] }),
      ],
      fails: [
        reply({ minimumLength: 549 }),
        reply({ minimumLength: 1445 }, { options: [option(OPTION.maximumMessageSize, u16Option(1472))] }),
      ],
      doesNotApply: [reply({}, 'unseen')],
    },
    'dhcp.reply.overload-value': {
      passes: [reply({ options: [{ ...option(OPTION.hostName, 'h'), area: 'file' }] })],
      fails: [reply({ options: [option(OPTION.overload, Uint8Array.of(4))] })],
      doesNotApply: [reply()],
    },
    'dhcp.reply.overloaded-fields-end': {
      passes: [reply({ options: [{ ...option(OPTION.hostName, 'h'), area: 'file' }] })],
      fails: [reply({ options: [{ ...option(OPTION.hostName, 'h'), area: 'sname' }], end: false })],
      doesNotApply: [reply({ file: 'undionly.kpxe' })],
    },
    'dhcp.reply.names-terminated': {
      passes: [reply({ file: 'undionly.kpxe' })],
      fails: [
        reply({ file: new Uint8Array(128).fill(0x61) }),
        reply({ sname: new Uint8Array(64).fill(0x61) }),
      ],
      doesNotApply: [reply(), reply({ options: [{ ...option(OPTION.hostName, 'h'), area: 'file' }] })],
    },
    'dhcp.reply.option-lengths': {
      passes: [reply({ options: [option(OPTION.router, addressesOption(ipv4('10.188.0.1')))] })],
      fails: [
        reply({ options: [option(OPTION.router, Uint8Array.of(10, 188, 0))] }),
        reply({ options: [option(OPTION.subnetMask, Uint8Array.of(255))] }),
      ],
      doesNotApply: [reply({ without: [51] })],
    },
    'dhcp.reply.no-trailing-nul': {
      passes: [reply({ options: [option(OPTION.bootFileName, 'undionly.kpxe')] })],
      fails: [reply({ options: [option(OPTION.bootFileName, 'undionly.kpxe\0')] })],
      doesNotApply: [reply()],
    },
    'dhcp.lease.times-in-order': {
      passes: [
        reply({ options: [seconds(OPTION.renewalTime, 1800), seconds(OPTION.rebindingTime, 3150)] }),
        reply({ options: [seconds(OPTION.renewalTime, 1800)] }),
      ],
      fails: [
        reply({ options: [seconds(OPTION.renewalTime, 3150), seconds(OPTION.rebindingTime, 1800)] }),
        reply({ options: [seconds(OPTION.rebindingTime, 3600)] }),
      ],
      doesNotApply: [reply()],
    },
  });
});
