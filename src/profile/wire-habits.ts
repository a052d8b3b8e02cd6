import type { Frame } from '../pcap/frame.ts';
import { openLink } from '../story/link.ts';
import type { IpAddress } from '../wire/address.ts';
import { parseIcmpv6 } from '../wire/icmpv6.ts';
import { IP_PROTOCOL, parseIpv4 } from '../wire/ipv4.ts';
import { parseIpv6 } from '../wire/ipv6.ts';
import { parseTcp } from '../wire/tcp.ts';
import { parseUdp, type Udp } from '../wire/udp.ts';
import { ArpHabits, arpOf } from './arp-habits.ts';
import type { At, Habit, HeaderHabit } from './habit.ts';
import { ipv4Header, ipv6Header } from './header-habits.ts';
import { hearDhcpv6, hearDns, hearIcmpv6, type Sent } from './question-habits.ts';
import { Questions } from './questions.ts';
import { TcpHabits } from './tcp-habits.ts';
import { TftpHabits } from './tftp-habits.ts';

/** Habits of one client, of all clients, and clients, that are kept. */
const HABITS = 1_024;
const ALL_HABITS = 100_000;
const CLIENTS = 4_096;
const PORT = { dns: 53, dhcp: 67, dhcpv6Client: 546, dhcpv6: 547, pxe: 4011 } as const;

/** One client: what it does, and the headers seen since its last DHCP message. */
type Client = { readonly habits: Habit[]; headers: Set<string>; readonly keep: (habit: Habit) => void };

/**
 * What frames say that a story does not tell: ARP and its kin, headers, what is sent again and when, how data is
 * acknowledged. Kept beside the story and not in it, since a story lives as long as its lab and nothing else asks for these.
 * Of what comes in masses there is one row, or a count: memory is bounded by the limits above.
 */
export class WireHabits {
  readonly #clients = new Map<string, Client>();
  readonly #questions = new Questions();
  readonly #arp = new ArpHabits(this.#questions);
  readonly #tftp = new TftpHabits();
  readonly #tcp = new TcpHabits();
  #kept = 0;

  add(frame: Frame): void {
    const at = { frame: frame.number, timeNs: frame.timeNs };
    const link = openLink(frame);
    if (link.kind === 'not-ip') {
      const arp = arpOf(frame);
      const client = arp === undefined ? undefined : this.#clientOf(link.sourceMac ?? arp.senderIp);
      if (arp !== undefined && client !== undefined) this.#arp.hear(arp, at, client.keep);
    } else if (link.kind === 'ipv4') {
      const ip = parseIpv4(link.payload);
      if (ip.ok) this.#packet(ip.value, ipv4Header(ip.value), link.source, at);
    } else if (link.kind === 'ipv6') {
      const ip = parseIpv6(link.payload);
      if (ip.ok) this.#packet(ip.value, ipv6Header(ip.value), link.source, at);
    }
  }

  /** In the order of their frames. `id`: a link address; an IP address where the capture has no link layer. */
  of(id: string): readonly Habit[] {
    return this.#clients.get(id)?.habits ?? [];
  }

  #clientOf(id: string): Client | undefined {
    const known = this.#clients.get(id);
    if (known !== undefined || this.#clients.size >= CLIENTS) return known;
    const habits: Habit[] = [];
    const keep = (habit: Habit): void => {
      if (habits.length >= HABITS || this.#kept >= ALL_HABITS) return;
      habits.push(habit);
      this.#kept++;
    };
    const client: Client = { habits, headers: new Set(), keep };
    this.#clients.set(id, client);
    return client;
  }

  #packet(ip: Network, header: HeaderHabit | undefined, mac: string | undefined, at: At): void {
    const { source, destination } = ip;
    const sender = mac ?? source;
    const client = this.#clientOf(sender);
    if (client === undefined) return;
    this.#arp.usedBy(source, client.keep);
    const sent = { at, sender, source, destination };
    // First: a message that asks for an address may begin another stage, to which its header belongs.
    if (ip.fragment.offset === 0) for (const habit of this.#transport(ip, sent, client)) client.keep(habit);
    if (header === undefined) return;
    const key = `${header.version} ${header.protocol} ${header.text}`;
    if (client.headers.has(key)) return;
    client.headers.add(key);
    client.keep({ ...header, ...at });
  }

  #transport({ protocol, payload }: Network, sent: Sent, client: Client): readonly Habit[] {
    switch (protocol) {
      case IP_PROTOCOL.udp: {
        const udp = parseUdp(payload);
        return some(udp.ok ? this.#datagram(udp.value, sent, client) : undefined);
      }
      case IP_PROTOCOL.tcp:
        return this.#segment(payload, sent);
      case IP_PROTOCOL.icmpv6: {
        const icmpv6 = parseIcmpv6(payload);
        return some(icmpv6.ok ? hearIcmpv6(icmpv6.value, sent, this.#questions) : undefined);
      }
      default:
        return NOTHING;
    }
  }

  #datagram(udp: Udp, sent: Sent, client: Client): Habit | undefined {
    const { sourcePort, destinationPort } = udp;
    switch (destinationPort) {
      case PORT.dhcp:
      case PORT.pxe:
      case PORT.dhcpv6:
        client.headers = new Set();
        return destinationPort === PORT.dhcpv6 ? hearDhcpv6(udp, sent, this.#questions) : undefined;
      case PORT.dhcpv6Client:
        return hearDhcpv6(udp, sent, this.#questions);
      case PORT.dns:
        return hearDns(udp, sent, this.#questions);
    }
    if (sourcePort === PORT.dns) return hearDns(udp, sent, this.#questions);
    this.#tftp.fromServer(`${sent.destination} ${destinationPort}`, udp, sent.at);
    return this.#tftp.fromClient(`${sent.source} ${sourcePort}`, udp, sent.at);
  }

  #segment(payload: Uint8Array, { source, destination, at }: Sent): readonly Habit[] {
    const tcp = parseTcp(payload);
    if (!tcp.ok) return NOTHING;
    const from = `${source} ${tcp.value.sourcePort}`;
    const to = `${destination} ${tcp.value.destinationPort}`;
    if (!this.#tcp.knows(`${to} ${from}`)) return this.#tcp.fromClient(`${from} ${to}`, tcp.value, at);
    this.#tcp.fromServer(`${to} ${from}`, tcp.value, at);
    return NOTHING;
  }
}

const NOTHING: readonly Habit[] = [];

function some(habit: Habit | undefined): readonly Habit[] {
  return habit === undefined ? NOTHING : [habit];
}

/** What both versions of IP say of what they carry. */
type Network = {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  readonly fragment: { readonly offset: number };
  readonly payload: Uint8Array;
};
