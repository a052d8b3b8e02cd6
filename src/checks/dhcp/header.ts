/** Fields of the fixed header of replies: RFC 2131 §4.3.1 Table 3. Quotations are cells of the table. */
import type { Clause } from '../check.ts';
import { NOT_APPLICABLE, PASS } from '../check.ts';
import { copied, holds, isDhcp, type ReplyCheck, SERVER_REPLY, shown } from './reply.ts';

function cell(quote: string): Clause {
  return { document: 'RFC 2131', section: '§4.3.1 Table 3', level: 'MUST', quote };
}

export const HEADER_CHECKS: readonly ReplyCheck[] = [
  {
    id: 'dhcp.reply.copies-xid',
    rows: ['DHCP-001', 'DHCP-003'],
    ...SERVER_REPLY,
    clause: cell("'xid' from client DHCPDISCOVER message"),
    evaluate: (reply) => {
      if (reply.lastRequest === undefined) return NOT_APPLICABLE;
      if (reply.request !== undefined) return PASS;
      const wanted = reply.lastRequest.message.xid;
      return {
        outcome: 'fail',
        expected: `xid ${xidText(wanted)}, as the client sent it`,
        actual: `xid ${xidText(reply.message.xid)}, which it never sent`,
        frames: [...reply.lastRequest.event.frames, ...reply.event.frames],
      };
    },
  },
  {
    id: 'dhcp.reply.copies-flags',
    rows: ['DHCP-001'],
    ...SERVER_REPLY,
    clause: cell("'flags' from client DHCPDISCOVER message"),
    // RFC 2131 §4.3.2: of a NAK that a relay is to broadcast, the server sets the broadcast bit itself.
    evaluate: (reply) =>
      reply.type === 'nak' ? NOT_APPLICABLE : copied(reply, 'flags', ({ flags }) => flags),
  },
  {
    id: 'dhcp.reply.copies-giaddr',
    rows: ['DHCP-001', 'DHCP-021'],
    ...SERVER_REPLY,
    clause: cell("'giaddr' from client DHCPDISCOVER message"),
    evaluate: (reply) => copied(reply, 'giaddr', ({ giaddr }) => giaddr),
  },
  {
    id: 'dhcp.reply.copies-chaddr',
    rows: ['DHCP-001', 'DHCP-044'],
    ...SERVER_REPLY,
    clause: cell("'chaddr' from client DHCPDISCOVER message"),
    // Octets behind hlen are nobody's address.
    evaluate: (reply) => copied(reply, 'chaddr', ({ chaddr, hlen }) => shown(chaddr.subarray(0, hlen))),
  },
  {
    id: 'dhcp.reply.copies-hardware-type',
    rows: ['DHCP-001', 'DHCP-044'],
    ...SERVER_REPLY,
    clause: cell('(Hardware address length in octets)'),
    evaluate: (reply) => copied(reply, 'htype and hlen', ({ htype, hlen }) => `${htype} and ${hlen}`),
  },
  {
    id: 'dhcp.reply.hops-zero',
    rows: ['DHCP-001'],
    ...SERVER_REPLY,
    clause: cell("'hops' 0"),
    evaluate: (reply) => zero(reply, 'hops'),
  },
  {
    id: 'dhcp.reply.secs-zero',
    rows: ['DHCP-001'],
    ...SERVER_REPLY,
    clause: cell("'secs' 0"),
    evaluate: (reply) => zero(reply, 'secs'),
  },
  {
    id: 'dhcp.offer.ciaddr-zero',
    rows: ['DHCP-001', 'DHCP-012'],
    ...SERVER_REPLY,
    clause: cell("'ciaddr' 0"),
    evaluate: (reply) => (isDhcp(reply) && reply.type !== 'ack' ? zero(reply, 'ciaddr') : NOT_APPLICABLE),
  },
  {
    id: 'dhcp.ack.ciaddr-copied-or-zero',
    rows: ['DHCP-013', 'DHCP-017'],
    ...SERVER_REPLY,
    clause: cell("'ciaddr' from DHCPREQUEST or 0"),
    evaluate: (reply) =>
      isDhcp(reply) && reply.type === 'ack' && reply.message.ciaddr !== '0.0.0.0'
        ? copied(reply, 'ciaddr', ({ ciaddr }) => ciaddr)
        : NOT_APPLICABLE,
  },
  {
    id: 'dhcp.nak.gives-no-address',
    rows: ['DHCP-012'],
    ...SERVER_REPLY,
    clause: cell("'yiaddr' 0 / 'siaddr' 0"),
    evaluate: (reply) => {
      if (!isDhcp(reply) || reply.type !== 'nak') return NOT_APPLICABLE;
      const { yiaddr, siaddr } = reply.message;
      return holds(
        yiaddr === '0.0.0.0' && siaddr === '0.0.0.0',
        reply,
        'yiaddr and siaddr 0.0.0.0',
        () => `yiaddr ${yiaddr}, siaddr ${siaddr}`,
      );
    },
  },
  {
    id: 'dhcp.nak.names-nothing',
    rows: ['DHCP-012'],
    ...SERVER_REPLY,
    clause: cell("'sname' (unused) / 'file' (unused)"),
    evaluate: (reply) => {
      if (!isDhcp(reply) || reply.type !== 'nak') return NOT_APPLICABLE;
      const { sname, file } = reply.message;
      const isUnused = [...sname, ...file].every((octet) => octet === 0);
      return holds(isUnused, reply, 'sname and file empty', () => `${shown(sname)}, ${shown(file)}`);
    },
  },
  {
    id: 'dhcp.inform-ack.gives-no-address',
    rows: ['DHCP-017'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 2131',
      section: '§4.3.5',
      level: 'SHOULD',
      quote:
        "The server MUST NOT send a lease expiration time to the client and SHOULD NOT fill in 'yiaddr'.",
    },
    evaluate: (reply) => {
      if (!isDhcp(reply) || reply.type !== 'ack' || reply.request?.event.messageType !== 'inform')
        return NOT_APPLICABLE;
      const { yiaddr } = reply.message;
      return holds(yiaddr === '0.0.0.0', reply, 'yiaddr 0.0.0.0', () => `yiaddr ${yiaddr}`);
    },
  },
];

function zero(reply: Parameters<ReplyCheck['evaluate']>[0], field: 'hops' | 'secs' | 'ciaddr') {
  if (!isDhcp(reply)) return NOT_APPLICABLE;
  const value = reply.message[field];
  return holds(value === 0 || value === '0.0.0.0', reply, `${field} 0`, () => `${field} ${value}`);
}

function xidText(xid: number): string {
  return `0x${xid.toString(16).padStart(8, '0')}`;
}
