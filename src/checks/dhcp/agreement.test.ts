import { describe } from 'vitest';
import { ipv4 } from '../../wire/address.ts';
import { addressesOption } from '../../wire/dhcp/opt-addresses.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { ADDRESS, type Message, option, reply, SERVER } from '../testing/dhcp.ts';
import { judge } from '../testing/fixtures.ts';
import { AGREEMENT_CHECKS } from './agreement.ts';

const ACK: Message = { type: 'ack' };
const router = (address: string) => option(OPTION.router, addressesOption(ipv4(address)));
const wanted = (address: string): Message => ({
  type: 'request',
  options: [option(OPTION.requestedAddress, addressesOption(ipv4(address)))],
});
const chosen = (address: string): Message => ({
  type: 'request',
  options: [option(OPTION.serverIdentifier, addressesOption(ipv4(address)))],
});

describe('AGREEMENT_CHECKS', () => {
  judge(AGREEMENT_CHECKS, {
    'dhcp.ack.agrees-with-offer': {
      passes: [
        reply(ACK, { type: 'request' }, { offer: {} }),
        // What only one of them has is no conflict.
        reply({ ...ACK, options: [router('10.188.0.1')] }, { type: 'request' }, { offer: {} }),
      ],
      fails: [
        reply({ ...ACK, yiaddr: ipv4('10.188.0.67') }, { type: 'request' }, { offer: {} }),
        reply({ ...ACK, file: 'b' }, { type: 'request' }, { offer: { file: 'a' } }),
        reply(
          { ...ACK, options: [router('10.188.0.1')] },
          { type: 'request' },
          { offer: { options: [router('10.188.0.2')] } },
        ),
      ],
      doesNotApply: [reply(ACK, { type: 'request' }), reply()],
    },
    'dhcp.ack.address-as-requested': {
      passes: [reply(ACK, wanted(ADDRESS)), reply(ACK, { type: 'request', ciaddr: ADDRESS })],
      fails: [reply(ACK, wanted('10.188.0.67'))],
      doesNotApply: [
        reply(),
        reply({ ...ACK, yiaddr: ipv4('0.0.0.0') }, { type: 'inform', ciaddr: ADDRESS }),
      ],
    },
    'dhcp.ack.only-of-the-chosen': {
      passes: [reply(ACK, chosen(SERVER))],
      fails: [reply(ACK, chosen('10.188.0.11'))],
      doesNotApply: [reply(), reply(ACK, { type: 'request', ciaddr: ADDRESS })],
    },
  });
});
