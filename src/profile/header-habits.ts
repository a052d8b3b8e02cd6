import { IP_PROTOCOL, type Ipv4Packet } from '../wire/ipv4.ts';
import type { Ipv6Packet } from '../wire/ipv6.ts';
import type { HeaderHabit } from './habit.ts';

const PROTOCOLS: Readonly<Record<number, HeaderHabit['protocol']>> = {
  [IP_PROTOCOL.udp]: 'udp',
  [IP_PROTOCOL.tcp]: 'tcp',
  [IP_PROTOCOL.icmp]: 'icmp',
  [IP_PROTOCOL.icmpv6]: 'icmp',
};

/** What a stack chose for the fields of its headers. Undefined for protocols that no boot uses. */
export function ipv4Header({ protocol, ttl, tos, dontFragment }: Ipv4Packet): HeaderHabit | undefined {
  const carried = PROTOCOLS[protocol];
  if (carried === undefined) return undefined;
  const text = `ttl ${ttl}, tos ${tos}, ${dontFragment ? 'DF' : 'no DF'}`;
  return { kind: 'header', version: 'ipv4', protocol: carried, text };
}

export function ipv6Header({
  protocol,
  hopLimit,
  trafficClass,
  flowLabel,
}: Ipv6Packet): HeaderHabit | undefined {
  const carried = PROTOCOLS[protocol];
  if (carried === undefined) return undefined;
  const text = `hop limit ${hopLimit}, class ${trafficClass}, flow label ${flowLabel === 0 ? 'zero' : 'set'}`;
  return { kind: 'header', version: 'ipv6', protocol: carried, text };
}
