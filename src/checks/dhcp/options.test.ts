import { describe } from 'vitest';
import { ipv4 } from '../../wire/address.ts';
import { addressesOption } from '../../wire/dhcp/opt-addresses.ts';
import { u32Option } from '../../wire/dhcp/opt-numbers.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { type Message, option, reply } from '../testing/dhcp.ts';
import { judge } from '../testing/fixtures.ts';
import { OPTION_CHECKS } from './options.ts';

const BOOTP: Message = { type: 'bootp', without: [51, 53, 54] };
const MASK = option(OPTION.subnetMask, addressesOption(ipv4('255.255.255.0')));
const ROUTER = option(OPTION.router, addressesOption(ipv4('10.188.0.1')));
const DNS = option(OPTION.domainNameServer, addressesOption(ipv4('10.188.0.20')));
const CLIENT_ID = option(OPTION.clientIdentifier, Uint8Array.of(1, 0, 0x12, 0x34, 0x56, 0x78, 0x90));
const RELAY = option(OPTION.relayAgentInformation, Uint8Array.of(1, 2, 0x70, 0x37));
const LIST = option(OPTION.parameterRequestList, Uint8Array.of(1, 3, 6));
const NAK: Message = { type: 'nak' };
const REQUEST: Message = { type: 'request' };

describe('OPTION_CHECKS', () => {
  judge(OPTION_CHECKS, {
    'dhcp.reply.has-message-type': {
      passes: [reply()],
      fails: [reply({ options: [option(OPTION.messageType, Uint8Array.of(2))] })],
      doesNotApply: [reply(BOOTP)],
    },
    'dhcp.reply.has-server-identifier': {
      passes: [reply(), reply(NAK, REQUEST)],
      fails: [
        reply({ without: [54] }),
        reply({ without: [54], options: [option(OPTION.serverIdentifier, Uint8Array.of(10, 188))] }),
      ],
      doesNotApply: [reply(BOOTP)],
    },
    'dhcp.reply.has-lease-time': {
      passes: [reply(), reply({ type: 'ack' }, REQUEST)],
      fails: [reply({ without: [51] }), reply({ type: 'ack', without: [51] }, REQUEST)],
      doesNotApply: [
        reply(NAK, REQUEST),
        reply({ type: 'ack', without: [51] }, { type: 'inform' }),
        // A proxy's offer.
        reply({ yiaddr: ipv4('0.0.0.0'), without: [51] }),
      ],
    },
    'dhcp.nak.no-lease-time': {
      passes: [reply(NAK, REQUEST)],
      fails: [reply({ ...NAK, options: [option(OPTION.leaseTime, u32Option(60))] }, REQUEST)],
      doesNotApply: [reply()],
    },
    'dhcp.inform-ack.no-lease-time': {
      passes: [reply({ type: 'ack', without: [51] }, { type: 'inform' })],
      fails: [reply({ type: 'ack' }, { type: 'inform' })],
      doesNotApply: [reply({ type: 'ack' }, REQUEST)],
    },
    'dhcp.reply.no-requested-address': {
      passes: [reply()],
      fails: [reply({ options: [option(OPTION.requestedAddress, addressesOption(ipv4('10.188.0.66')))] })],
      doesNotApply: [reply(BOOTP)],
    },
    'dhcp.reply.no-parameter-request-list': {
      passes: [reply()],
      fails: [reply({ options: [LIST] })],
      doesNotApply: [reply(BOOTP)],
    },
    'dhcp.reply.no-maximum-message-size': {
      passes: [reply()],
      fails: [reply({ options: [option(OPTION.maximumMessageSize, Uint8Array.of(5, 0xc0))] })],
      doesNotApply: [reply(BOOTP)],
    },
    'dhcp.nak.nothing-else': {
      passes: [
        reply({ ...NAK, options: [option(OPTION.message, 'wrong network'), CLIENT_ID, RELAY] }, REQUEST),
      ],
      fails: [reply({ ...NAK, options: [MASK] }, REQUEST)],
      doesNotApply: [reply({ options: [MASK] })],
    },
    'dhcp.nak.says-why': {
      passes: [reply({ ...NAK, options: [option(OPTION.message, 'wrong network')] }, REQUEST)],
      fails: [reply(NAK, REQUEST)],
      doesNotApply: [reply()],
    },
    'dhcp.reply.echoes-client-identifier': {
      passes: [reply({ options: [CLIENT_ID] }, { options: [CLIENT_ID] })],
      fails: [
        reply({}, { options: [CLIENT_ID] }),
        // And none where the client sent none.
        reply({ options: [CLIENT_ID] }),
        reply(
          { options: [option(OPTION.clientIdentifier, Uint8Array.of(1, 2, 3))] },
          { options: [CLIENT_ID] },
        ),
      ],
      doesNotApply: [reply(), reply({ options: [CLIENT_ID] }, 'unseen')],
    },
    'dhcp.reply.echoes-relay-information': {
      passes: [reply({ options: [RELAY] }, { options: [RELAY] })],
      fails: [
        reply(
          { options: [option(OPTION.relayAgentInformation, Uint8Array.of(1, 1, 0x70))] },
          { options: [RELAY] },
        ),
      ],
      // Who never echoes it does not claim to know it.
      doesNotApply: [reply({}, { options: [RELAY] })],
    },
    'dhcp.reply.relay-information-last': {
      passes: [reply({ options: [MASK, RELAY] }, { options: [RELAY] })],
      fails: [reply({ options: [RELAY, MASK] }, { options: [RELAY] })],
      doesNotApply: [reply()],
    },
    'dhcp.reply.relay-information-in-options': {
      passes: [reply({ options: [RELAY] }, { options: [RELAY] })],
      fails: [reply({ options: [{ ...RELAY, area: 'file' }] }, { options: [RELAY] })],
      doesNotApply: [reply()],
    },
    'dhcp.reply.mask-before-router': {
      passes: [reply({ options: [MASK, ROUTER] })],
      fails: [reply({ options: [ROUTER, MASK] })],
      doesNotApply: [reply({ options: [ROUTER] })],
    },
    'dhcp.reply.order-as-requested': {
      passes: [reply({ options: [MASK, ROUTER, DNS] }, { options: [LIST] })],
      fails: [reply({ options: [MASK, DNS, ROUTER] }, { options: [LIST] })],
      doesNotApply: [
        reply({ options: [DNS, ROUTER] }),
        // The mask comes first whatever was asked: RFC 2132 §3.3.
        reply({ options: [MASK, DNS] }, { options: [LIST] }),
      ],
    },
    'dhcp.reply.options-once': {
      passes: [reply(), reply({ options: [option(OPTION.vendorSpecific, new Uint8Array(300))] })],
      fails: [reply({ options: [DNS, DNS] })],
      doesNotApply: [reply(BOOTP)],
    },
  });
});
