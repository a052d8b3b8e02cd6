import { buildDhcpMessage, type OptionToSend } from '../wire/dhcp/build-message.ts';
import { BROADCAST_FLAG, type DhcpMessage, parseDhcpMessage } from '../wire/dhcp/message.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../wire/ethernet.ts';
import { IP_PROTOCOL, isFragment, parseIpv4, serializeIpv4 } from '../wire/ipv4.ts';
import { parseUdp, serializeUdp } from '../wire/udp.ts';
import type { LinkRule } from './link-plan-file.ts';

export type DhcpRewriting = Extract<LinkRule, { rewrite: string }>;

/**
 * The frame with its DHCP message changed as the rule says; lengths and checksums are right again. Undefined where it cannot be
 * done: no whole DHCP message over IPv4, or options that cannot be read to their end.
 */
export function rewriteDhcp(frame: Uint8Array, rule: DhcpRewriting): Uint8Array | undefined {
  const ethernet = parseEthernet(frame);
  if (!ethernet.ok || ethernet.value.etherType !== ETHER_TYPE.ipv4) return undefined;
  const ip = parseIpv4(ethernet.value.payload);
  if (!ip.ok || ip.value.protocol !== IP_PROTOCOL.udp || isFragment(ip.value)) return undefined;
  const udp = parseUdp(ip.value.payload);
  if (!udp.ok || udp.value.missing > 0) return undefined;
  const message = parseDhcpMessage(udp.value.payload);
  if (!message.ok || !message.value.cookie || message.value.optionsError !== undefined) return undefined;

  const payload = rewritten(message.value, udp.value.payload.length, rule);
  const datagram = serializeUdp({ ...udp.value, payload, trailing: new Uint8Array(0) }, ip.value);
  const { ttl = ip.value.ttl } = rule;
  const packet = serializeIpv4({
    ...ip.value,
    ttl,
    payload: datagram,
    trailing: new Uint8Array(0),
    // So that it is computed.
    checksum: { value: 0, correct: true },
  });
  return serializeEthernet({ ...ethernet.value, payload: packet, trailing: new Uint8Array(0) });
}

/** Options in `sname` and `file` move to the options area, where there is room: an overload would be named by option 52. */
function rewritten(message: DhcpMessage, before: number, rule: DhcpRewriting): Uint8Array {
  const { op, htype, hlen, hops, xid, ciaddr, yiaddr, siaddr, giaddr, chaddr } = message;
  const overloaded = message.options.some(({ area }) => area !== 'options');
  const { broadcast, secs = message.secs } = rule;
  const flags =
    broadcast === undefined
      ? message.flags
      : broadcast
        ? message.flags | BROADCAST_FLAG
        : message.flags & ~BROADCAST_FLAG;
  return buildDhcpMessage({
    ...{ op, htype, hlen, hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr, chaddr },
    ...(overloaded ? {} : { sname: message.sname, file: message.file }),
    options: ordered(changed(message, rule), rule.order ?? []),
    minimumLength: rule.length ?? Math.min(before, MINIMUM),
  });
}

/** RFC 1542 §2.1. */
const MINIMUM = 300;
const OVERLOAD = 52;

function changed(message: DhcpMessage, { remove = [], set = {} }: DhcpRewriting): readonly OptionToSend[] {
  const values = new Map(Object.entries(set).map(([code, value]) => [Number(code), octetsOf(value)]));
  const kept: OptionToSend[] = [];
  for (const { code, data } of message.options) {
    if (remove.includes(code) || code === OVERLOAD) continue;
    const value = values.get(code);
    if (value === undefined && !(String(code) in set)) kept.push({ code, data });
    // In place of the first of its kind; further ones were parts of the same value.
    if (value !== undefined) kept.push({ code, data: value });
    values.delete(code);
  }
  for (const [code, data] of values) kept.push({ code, data });
  return kept;
}

function ordered(options: readonly OptionToSend[], order: readonly number[]): readonly OptionToSend[] {
  const place = ({ code }: OptionToSend): number => {
    const at = order.indexOf(code);
    return at < 0 ? order.length : at;
  };
  return options.toSorted((a, b) => place(a) - place(b));
}

function octetsOf(value: string | readonly number[]): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value, 'latin1') : Uint8Array.from(value);
}
