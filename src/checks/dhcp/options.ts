/** Which options a reply has and may have: RFC 2131 §4.3.1 Table 3, RFC 2132, RFC 3046, RFC 6842. */
import { optionData, optionInstances } from '../../wire/dhcp/message.ts';
import { OPTION, optionName } from '../../wire/dhcp/option-codes.ts';
import { type Clause, NOT_APPLICABLE, PASS, type Verdict } from '../check.ts';
import type { DhcpReply } from '../observe.ts';
import {
  holds,
  isDhcp,
  isProxyOffer,
  type ReplyCheck,
  SERVER_REPLY,
  shown,
  withOne,
  without,
} from './reply.ts';

function row(quote: string): Clause {
  return { document: 'RFC 2131', section: '§4.3.1 Table 3', level: 'MUST', quote };
}

/** Of messages that Table 3 is about. */
function ofDhcp(evaluate: ReplyCheck['evaluate']): ReplyCheck['evaluate'] {
  return (reply) => (isDhcp(reply) ? evaluate(reply) : NOT_APPLICABLE);
}

/** Besides these a NAK has nothing: Table 3, RFC 6842 §3 (61), RFC 3046 §2.2 (82). */
const IN_A_NAK: ReadonlySet<number> = new Set([
  OPTION.messageType,
  OPTION.serverIdentifier,
  OPTION.message,
  OPTION.vendorClass,
  OPTION.clientIdentifier,
  OPTION.relayAgentInformation,
]);

function answersRequest({ type, request }: DhcpReply): boolean {
  return type === 'ack' && request?.event.messageType === 'request';
}

function answersInform({ type, request }: DhcpReply): boolean {
  return type === 'ack' && request?.event.messageType === 'inform';
}

export const OPTION_CHECKS: readonly ReplyCheck[] = [
  {
    id: 'dhcp.reply.has-message-type',
    rows: ['DHCP-002', 'DHCP-003', 'DHCP-012'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 2131',
      section: '§3',
      level: 'MUST',
      quote:
        'One particular option - the "DHCP message type" option - must be included in every DHCP message.',
    },
    evaluate: ofDhcp((reply) => withOne(reply, OPTION.messageType, 1)),
  },
  {
    id: 'dhcp.reply.has-server-identifier',
    rows: ['DHCP-002', 'DHCP-003', 'DHCP-012', 'DHCP-028'],
    ...SERVER_REPLY,
    clause: row('Server identifier MUST MUST MUST'),
    evaluate: ofDhcp((reply) => withOne(reply, OPTION.serverIdentifier, 4)),
  },
  {
    id: 'dhcp.reply.has-lease-time',
    rows: ['DHCP-002', 'DHCP-003', 'DHCP-029'],
    ...SERVER_REPLY,
    clause: row('IP address lease time MUST MUST (DHCPREQUEST)'),
    evaluate: ofDhcp((reply) => {
      const isOffer = reply.type === 'offer' && !isProxyOffer(reply);
      return isOffer || answersRequest(reply) ? withOne(reply, OPTION.leaseTime, 4) : NOT_APPLICABLE;
    }),
  },
  {
    id: 'dhcp.nak.no-lease-time',
    rows: ['DHCP-012'],
    ...SERVER_REPLY,
    clause: row('IP address lease time MUST NOT'),
    evaluate: ofDhcp((reply) => (reply.type === 'nak' ? without(reply, OPTION.leaseTime) : NOT_APPLICABLE)),
  },
  {
    id: 'dhcp.inform-ack.no-lease-time',
    rows: ['DHCP-017'],
    ...SERVER_REPLY,
    clause: row('IP address lease time MUST NOT (DHCPINFORM)'),
    evaluate: ofDhcp((reply) => (answersInform(reply) ? without(reply, OPTION.leaseTime) : NOT_APPLICABLE)),
  },
  {
    id: 'dhcp.reply.no-requested-address',
    rows: ['DHCP-002', 'DHCP-012'],
    ...SERVER_REPLY,
    clause: row('Requested IP address MUST NOT MUST NOT MUST NOT'),
    evaluate: ofDhcp((reply) => without(reply, OPTION.requestedAddress)),
  },
  {
    id: 'dhcp.reply.no-parameter-request-list',
    rows: ['DHCP-002'],
    ...SERVER_REPLY,
    clause: row('Parameter request list MUST NOT MUST NOT MUST NOT'),
    evaluate: ofDhcp((reply) => without(reply, OPTION.parameterRequestList)),
  },
  {
    id: 'dhcp.reply.no-maximum-message-size',
    rows: ['DHCP-002'],
    ...SERVER_REPLY,
    clause: row('Maximum message size MUST NOT MUST NOT MUST NOT'),
    evaluate: ofDhcp((reply) => without(reply, OPTION.maximumMessageSize)),
  },
  {
    id: 'dhcp.nak.nothing-else',
    rows: ['DHCP-012'],
    ...SERVER_REPLY,
    clause: row('All others MUST NOT'),
    evaluate: ofDhcp((reply) => {
      if (reply.type !== 'nak') return NOT_APPLICABLE;
      const others = reply.message.options.filter(({ code }) => !IN_A_NAK.has(code));
      return holds(
        others.length === 0,
        reply,
        `of options only ${[...IN_A_NAK].join(', ')}`,
        () => `also ${others.map(({ code }) => `${code} (${optionName(code)})`).join(', ')}`,
      );
    }),
  },
  {
    id: 'dhcp.nak.says-why',
    rows: ['DHCP-012'],
    ...SERVER_REPLY,
    clause: { ...row('Message SHOULD'), level: 'SHOULD' },
    evaluate: ofDhcp((reply) =>
      reply.type === 'nak'
        ? holds(
            optionData(reply.message, OPTION.message) !== undefined,
            reply,
            'option 56 (Message)',
            () => 'none',
          )
        : NOT_APPLICABLE,
    ),
  },
  {
    id: 'dhcp.reply.echoes-client-identifier',
    rows: ['DHCP-026'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 6842',
      section: '§3',
      level: 'MUST',
      quote:
        "If the 'client identifier' option is present in a message received from a client, the server MUST return the 'client identifier' option, unaltered, in its response message.",
    },
    evaluate: ofDhcp((reply) => echoed(reply, OPTION.clientIdentifier)),
  },
  {
    id: 'dhcp.reply.echoes-relay-information',
    rows: ['DHCP-023'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 3046',
      section: '§2.2',
      level: 'MUST',
      quote:
        'DHCP servers claiming to support the Relay Agent Information option SHALL echo the entire contents of the Relay Agent Information option in all replies.',
    },
    // A server that echoes it nowhere does not claim to support it.
    evaluate: ofDhcp((reply) =>
      optionData(reply.message, OPTION.relayAgentInformation) === undefined
        ? NOT_APPLICABLE
        : echoed(reply, OPTION.relayAgentInformation),
    ),
  },
  {
    id: 'dhcp.reply.relay-information-last',
    rows: ['DHCP-023'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 3046',
      section: '§2.2',
      level: 'SHOULD',
      quote:
        'Servers SHOULD copy the Relay Agent Information option as the last DHCP option in the response.',
    },
    evaluate: ofDhcp((reply) => {
      const codes = reply.message.options.filter(({ area }) => area === 'options').map(({ code }) => code);
      if (!codes.includes(OPTION.relayAgentInformation)) return NOT_APPLICABLE;
      return holds(
        codes.at(-1) === OPTION.relayAgentInformation,
        reply,
        'option 82 as the last one',
        () => `last is ${codes.at(-1)}`,
      );
    }),
  },
  {
    id: 'dhcp.reply.relay-information-in-options',
    rows: ['DHCP-023'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 3046',
      section: '§2.2',
      level: 'MUST',
      quote:
        'Servers SHALL NOT place the echoed Relay Agent Information option in the overloaded sname or file fields.',
    },
    evaluate: ofDhcp((reply) => {
      const instances = optionInstances(reply.message, OPTION.relayAgentInformation);
      if (instances.length === 0) return NOT_APPLICABLE;
      const areas = instances.map(({ area }) => area);
      return holds(
        areas.every((area) => area === 'options'),
        reply,
        'option 82 in the options field',
        () => `in ${areas.join(' and ')}`,
      );
    }),
  },
  {
    id: 'dhcp.reply.mask-before-router',
    rows: ['DHCP-032'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 2132',
      section: '§3.3',
      level: 'MUST',
      quote:
        'If both the subnet mask and the router option are specified in a DHCP reply, the subnet mask option MUST be first.',
    },
    evaluate: ofDhcp((reply) => {
      const codes = reply.message.options.map(({ code }) => code);
      const [mask, router] = [codes.indexOf(OPTION.subnetMask), codes.indexOf(OPTION.router)];
      if (mask < 0 || router < 0) return NOT_APPLICABLE;
      return holds(mask < router, reply, 'option 1 before option 3', () => codes.join(', '));
    }),
  },
  {
    id: 'dhcp.reply.order-as-requested',
    rows: ['DHCP-031'],
    ...SERVER_REPLY,
    // Section 9.8 asks for the attempt and not for success, so failure is shown as that of a SHOULD.
    clause: {
      document: 'RFC 2132',
      section: '§9.8',
      level: 'SHOULD',
      quote:
        'The DHCP server is not required to return the options in the requested order, but MUST try to insert the requested options in the order requested by the client.',
    },
    evaluate: ofDhcp((reply) => {
      const asked = reply.request && optionData(reply.request.message, OPTION.parameterRequestList);
      if (asked === undefined) return NOT_APPLICABLE;
      const got = reply.message.options
        .map(({ code }) => code)
        .filter((code) => asked.includes(code) && code !== OPTION.subnetMask);
      const wanted = got.toSorted((a, b) => asked.indexOf(a) - asked.indexOf(b));
      if (got.length < 2) return NOT_APPLICABLE;
      return holds(
        got.every((code, at) => code === wanted[at]),
        reply,
        `options in the order ${wanted.join(', ')}, as option 55 lists them`,
        () => got.join(', '),
      );
    }),
  },
  {
    id: 'dhcp.reply.options-once',
    rows: ['DHCP-031', 'DHCP-039'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 2131',
      section: '§4.1',
      level: 'MUST',
      quote: 'Options may appear only once, unless otherwise specified in the options document.',
    },
    evaluate: ofDhcp((reply) => {
      const codes = new Set(reply.message.options.map(({ code }) => code));
      const twice = [...codes].filter((code) => {
        const instances = optionInstances(reply.message, code);
        // RFC 3396 §4: parts of what has more than 255 octets, or does not fit into one field.
        return instances.some((part, at) => {
          const next = instances[at + 1];
          return next !== undefined && part.data.length < 255 && part.area === next.area;
        });
      });
      return holds(
        twice.length === 0,
        reply,
        'each option once, unless it has more than 255 octets',
        () => `more than once: ${twice.join(', ')}`,
      );
    }),
  },
];

function echoed(reply: DhcpReply, code: number): Verdict {
  if (reply.request === undefined) return NOT_APPLICABLE;
  const sent = optionData(reply.request.message, code);
  const got = optionData(reply.message, code);
  if (sent === undefined && got === undefined) return NOT_APPLICABLE;
  if (shown(sent) === shown(got)) return PASS;
  return holds(false, reply, `option ${code}: ${shown(sent)}, as the client sent it`, () => shown(got));
}
