import { describe } from 'vitest';
import { ipv4 } from '../../wire/address.ts';
import { reply } from '../testing/dhcp.ts';
import { judge } from '../testing/fixtures.ts';
import { HEADER_CHECKS } from './header.ts';

const RELAY = ipv4('10.188.1.1');

describe('HEADER_CHECKS', () => {
  judge(HEADER_CHECKS, {
    'dhcp.reply.copies-xid': {
      passes: [reply()],
      fails: [reply({ xid: 7 }, 'unseen', { lastRequest: {} })],
      doesNotApply: [reply({}, 'unseen')],
    },
    'dhcp.reply.copies-flags': {
      passes: [reply({ flags: 0x8000 }, { flags: 0x8000 }), reply()],
      fails: [reply({ flags: 0x8000 }), reply({}, { flags: 0x8000 })],
      // Behind a relay a NAK has the broadcast bit whatever the client sent.
      doesNotApply: [reply({ type: 'nak', flags: 0x8000 }, { type: 'request' }), reply({}, 'unseen')],
    },
    'dhcp.reply.copies-giaddr': {
      passes: [reply({ giaddr: RELAY }, { giaddr: RELAY }), reply()],
      fails: [reply({}, { giaddr: RELAY })],
      doesNotApply: [reply({}, 'unseen')],
    },
    'dhcp.reply.copies-chaddr': {
      passes: [reply(), reply({ chaddr: octets(6, 1) }, { chaddr: octets(16, 1), hlen: 6 })],
      fails: [reply({ chaddr: octets(6, 2) }, { chaddr: octets(6, 1) })],
      doesNotApply: [reply({}, 'unseen')],
    },
    'dhcp.reply.copies-hardware-type': {
      passes: [reply({ htype: 6 }, { htype: 6 })],
      fails: [reply({}, { htype: 6 }), reply({ hlen: 0 })],
      doesNotApply: [reply({}, 'unseen')],
    },
    'dhcp.reply.hops-zero': {
      passes: [reply()],
      fails: [reply({ hops: 1 })],
      doesNotApply: [reply({ type: 'bootp', without: [53, 54, 51] })],
    },
    'dhcp.reply.secs-zero': {
      passes: [reply({}, { secs: 4 })],
      fails: [reply({ secs: 4 }, { secs: 4 })],
      doesNotApply: [reply({ type: 'bootp', without: [53, 54, 51] })],
    },
    'dhcp.offer.ciaddr-zero': {
      passes: [reply(), reply({ type: 'nak' }, { type: 'request' })],
      fails: [reply({ ciaddr: ipv4('10.188.0.66') })],
      doesNotApply: [reply({ type: 'ack', ciaddr: ipv4('10.188.0.66') }, { type: 'request' })],
    },
    'dhcp.ack.ciaddr-copied-or-zero': {
      passes: [
        reply({ type: 'ack', ciaddr: ipv4('10.188.0.66') }, { type: 'request', ciaddr: ipv4('10.188.0.66') }),
      ],
      fails: [reply({ type: 'ack', ciaddr: ipv4('10.188.0.66') }, { type: 'request' })],
      doesNotApply: [reply({ type: 'ack' }, { type: 'request' }), reply()],
    },
    'dhcp.nak.gives-no-address': {
      passes: [reply({ type: 'nak' }, { type: 'request' })],
      fails: [
        reply({ type: 'nak', yiaddr: ipv4('10.188.0.66') }, { type: 'request' }),
        reply({ type: 'nak', siaddr: ipv4('10.188.0.10') }, { type: 'request' }),
      ],
      doesNotApply: [reply()],
    },
    'dhcp.nak.names-nothing': {
      passes: [reply({ type: 'nak' }, { type: 'request' })],
      fails: [reply({ type: 'nak', file: 'undionly.kpxe' }, { type: 'request' })],
      doesNotApply: [reply({ file: 'undionly.kpxe' })],
    },
    'dhcp.inform-ack.gives-no-address': {
      passes: [reply({ type: 'ack', yiaddr: ipv4('0.0.0.0') }, { type: 'inform' })],
      fails: [reply({ type: 'ack' }, { type: 'inform' })],
      doesNotApply: [reply({ type: 'ack' }, { type: 'request' })],
    },
  });
});

function octets(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}
