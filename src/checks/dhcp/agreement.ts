/** What an ACK says, against the OFFER before it and against what was asked for: RFC 2131 §3.1, §4.3.2. */
import { bootFileOf } from '../../story/boot-file.ts';
import { UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { type DhcpMessage, optionData, serverName } from '../../wire/dhcp/message.ts';
import { addressIn } from '../../wire/dhcp/opt-addresses.ts';
import { OPTION, optionName } from '../../wire/dhcp/option-codes.ts';
import { fail, NOT_APPLICABLE, PASS } from '../check.ts';

import { holds, isDhcp, type ReplyCheck, SERVER_REPLY, shown } from './reply.ts';

/** Options in which OFFER and ACK are to be the same octets. */
const AGREED: readonly number[] = [
  OPTION.subnetMask,
  OPTION.router,
  OPTION.domainNameServer,
  OPTION.vendorSpecific,
  OPTION.serverIdentifier,
  OPTION.vendorClass,
  OPTION.tftpServerName,
  OPTION.bootFileName,
];

export const AGREEMENT_CHECKS: readonly ReplyCheck[] = [
  {
    id: 'dhcp.ack.agrees-with-offer',
    rows: ['DHCP-004', 'PXE-013'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 2131',
      section: '§3.1',
      level: 'SHOULD',
      quote:
        'Any configuration parameters in the DHCPACK message SHOULD NOT conflict with those in the earlier DHCPOFFER message to which the client is responding.',
    },
    evaluate: (reply) => {
      const { offer, message } = reply;
      if (offer === undefined || !isDhcp(reply)) return NOT_APPLICABLE;
      const differences = AGREED.flatMap((code) => {
        const [was, is] = [shown(optionData(offer.message, code)), shown(optionData(message, code))];
        // The client may have asked for less.
        return was === is || was === 'absent' || is === 'absent'
          ? []
          : [`${code} (${optionName(code)}): ${was} in the OFFER, ${is} in the ACK`];
      });
      for (const [field, of] of FIELDS) {
        const [was, is] = [of(offer.message), of(message)];
        if (was !== is) differences.push(`${field}: ${was} in the OFFER, ${is} in the ACK`);
      }
      if (differences.length === 0) return PASS;
      return fail('the same in OFFER and ACK', differences.join('; '), [
        ...offer.event.frames,
        ...reply.event.frames,
      ]);
    },
  },
  {
    id: 'dhcp.ack.address-as-requested',
    rows: ['DHCP-003', 'DHCP-008'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 2131',
      section: '§4.3.1 Table 3',
      level: 'MUST',
      quote: "'yiaddr' IP address assigned to client",
    },
    evaluate: (reply) => {
      if (reply.type !== 'ack' || !isDhcp(reply) || reply.request?.event.messageType !== 'request')
        return NOT_APPLICABLE;
      const wanted = requestedAddress(reply.request.message);
      if (wanted === undefined) return NOT_APPLICABLE;
      const { yiaddr } = reply.message;
      return holds(yiaddr === wanted, reply, `yiaddr ${wanted}, as requested`, () => `yiaddr ${yiaddr}`);
    },
  },
  {
    id: 'dhcp.ack.only-of-the-chosen',
    rows: ['DHCP-005', 'PROXY-003'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 2131',
      section: '§3.1',
      level: 'MUST',
      quote:
        "Those servers not selected by the DHCPREQUEST message use the message as notification that the client has declined that server's offer.",
    },
    evaluate: (reply) => {
      const chosen = reply.request && addressIn(reply.request.message, OPTION.serverIdentifier);
      if (reply.type !== 'ack' || !isDhcp(reply) || chosen === undefined) return NOT_APPLICABLE;
      const own = addressIn(reply.message, OPTION.serverIdentifier);
      return holds(own === chosen, reply, `an ACK of ${chosen} only`, () => `one of ${own ?? 'nobody'}`);
    },
  },
];

const FIELDS: readonly (readonly [string, (message: DhcpMessage) => string])[] = [
  ['yiaddr', ({ yiaddr }) => yiaddr],
  ['siaddr', ({ siaddr }) => siaddr],
  ['sname', (message) => serverName(message)],
  ['boot file', (message) => bootFileOf(message) ?? 'absent'],
];

/** Option 50 where it is there, else ciaddr: RFC 2131 §4.3.2. */
function requestedAddress(message: DhcpMessage): string | undefined {
  const ciaddr = message.ciaddr === UNSPECIFIED_IPV4 ? undefined : message.ciaddr;
  return addressIn(message, OPTION.requestedAddress) ?? ciaddr;
}
