import type { IpAddress } from '../wire/address.ts';
import { formatDhcpv6Type, parseDhcpv6 } from '../wire/dhcpv6.ts';
import { parseDns } from '../wire/dns.ts';
import type { Icmpv6 } from '../wire/icmpv6.ts';
import type { Udp } from '../wire/udp.ts';
import type { At, Habit } from './habit.ts';
import { neighbourHabit } from './neighbour-habits.ts';
import type { Questions } from './questions.ts';

/** One packet of a client's, or to it. */
export type Sent = {
  readonly at: At;
  /** What its sender is known by. */
  readonly sender: string;
  readonly source: IpAddress;
  readonly destination: IpAddress;
};

const tried = (at: At): At & { readonly tries: At[]; answeredNs: bigint | undefined } => ({
  ...at,
  tries: [at],
  answeredNs: undefined,
});

/** The habit that begins with this DNS message, where it is a question. An answer is told to `questions`. */
export function hearDns(
  udp: Udp,
  { at, source, destination }: Sent,
  questions: Questions,
): Habit | undefined {
  const parsed = parseDns(udp.payload);
  const question = parsed.ok ? parsed.value.questions[0] : undefined;
  if (!parsed.ok || question === undefined) return undefined;
  const { isResponse, flags, additionals } = parsed.value;
  const { name, type } = question;
  const about = `${name.toLowerCase()} ${type}`;
  if (isResponse) {
    questions.answer(`dns ${destination} ${about}`, at.timeNs);
    return undefined;
  }
  const option = additionals.find((record) => record.type === 'OPT');
  return questions.ask(`dns ${source} ${about}`, {
    ...tried(at),
    kind: 'dns',
    name,
    type,
    server: destination,
    port: udp.sourcePort,
    recursion: flags.recursionDesired,
    // RFC 6891 §6.1.2: in an OPT record the class is the size of the answers that its sender takes.
    edns: option === undefined ? 'none' : `${option.class.replace(/^CLASS/, '')} octets`,
  });
}

const QUESTIONS = [
  'solicit',
  'request',
  'confirm',
  'renew',
  'rebind',
  'release',
  'decline',
  'information-request',
];

/** The same for DHCPv6. */
export function hearDhcpv6(
  udp: Udp,
  { at, source, destination }: Sent,
  questions: Questions,
): Habit | undefined {
  // A copy: its options are kept, and the frame is not.
  const parsed = parseDhcpv6(udp.payload.slice());
  // What a relay encloses is said by the relay.
  if (!parsed.ok || parsed.value.kind === 'relay') return undefined;
  const { transactionId, options } = parsed.value;
  const said = formatDhcpv6Type(parsed.value.type).toLowerCase();
  if (!QUESTIONS.includes(said)) {
    for (const type of QUESTIONS)
      questions.answer(`dhcpv6 ${destination} ${type} ${transactionId}`, at.timeNs);
    return undefined;
  }
  const from = source.startsWith('fe80:') ? 'link-local address' : 'another address';
  const to = destination === 'ff02::1:2' ? 'all servers and relays' : 'one server';
  return questions.ask(`dhcpv6 ${source} ${said} ${transactionId}`, {
    ...tried(at),
    kind: 'dhcpv6',
    ...{ type: said, options },
    from: `${from} port ${udp.sourcePort}`,
    to: `${to} port ${udp.destinationPort}`,
  });
}

/** The same for neighbour discovery. */
export function hearIcmpv6(
  icmpv6: Icmpv6,
  { at, sender, source, destination }: Sent,
  questions: Questions,
): Habit | undefined {
  // To one or to all: whoever waits for one has it.
  if (icmpv6.kind === 'router-advertisement') questions.answerAll('router ', at.timeNs);
  if (icmpv6.kind === 'neighbour-advertisement')
    questions.answer(`neighbour ${icmpv6.target} ${destination}`, at.timeNs);
  const told = neighbourHabit(icmpv6, source);
  if (told === undefined) return undefined;
  const key = told.what === 'router-solicitation' ? `router ${sender}` : `neighbour ${told.target} ${source}`;
  return questions.ask(key, { ...told, ...tried(at) });
}
