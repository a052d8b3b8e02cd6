import type { Frame } from '../pcap/frame.ts';
import { LINKTYPE } from '../pcap/link-type.ts';
import { parseArp } from '../wire/arp.ts';
import { ETHER_TYPE, parseEthernet } from '../wire/ethernet.ts';
import { IP_PROTOCOL, parseIpv4 } from '../wire/ipv4.ts';
import { parseUdp } from '../wire/udp.ts';

export type Habit = {
  readonly frame: number;
  readonly timeNs: bigint;
  /** `udp`, `tcp`, `icmp` with the header's fields; `arp` with what kind of question or answer. */
  readonly kind: 'udp' | 'tcp' | 'icmp' | 'arp';
  readonly text: string;
};

/** Habits of one client, and clients, that are kept. */
const HABITS = 1_024;
const CLIENTS = 4_096;
const DHCP_PORTS: ReadonlySet<number> = new Set([67, 4011]);

type Client = { readonly habits: Habit[]; seen: Set<string> };

/**
 * What frames say below the protocols of a story: ARP, and the fields of IPv4 headers. Kept beside the story and not in
 * it, since a story lives as long as its lab and nothing else asks for these: here one row stands for all frames
 * alike since the client's last DHCP message, by which alone its stage can change. Ethernet only.
 */
export class WireHabits {
  readonly #clients = new Map<string, Client>();

  add(frame: Frame): void {
    if (frame.linkType !== LINKTYPE.ethernet) return;
    const ethernet = parseEthernet(frame.bytes);
    if (!ethernet.ok) return;
    const { source, etherType, payload } = ethernet.value;
    const heard =
      etherType === ETHER_TYPE.ipv4
        ? ipv4Habit(payload)
        : etherType === ETHER_TYPE.arp
          ? arpHabit(payload)
          : undefined;
    if (heard === undefined) return;
    let client = this.#clients.get(source);
    if (client === undefined) {
      if (this.#clients.size >= CLIENTS) return;
      client = { habits: [], seen: new Set() };
      this.#clients.set(source, client);
    }
    if (heard.isDhcp) client.seen = new Set();
    const { kind, text } = heard;
    const key = `${kind} ${text}`;
    if (client.seen.has(key) || client.habits.length >= HABITS) return;
    client.seen.add(key);
    client.habits.push({ kind, text, frame: frame.number, timeNs: frame.timeNs });
  }

  /** In the order of their frames. */
  of(mac: string): readonly Habit[] {
    return this.#clients.get(mac)?.habits ?? [];
  }
}

type Heard = Pick<Habit, 'kind' | 'text'> & { readonly isDhcp: boolean };

function ipv4Habit(payload: Uint8Array): Heard | undefined {
  const ip = parseIpv4(payload);
  if (!ip.ok) return undefined;
  const { protocol, ttl, tos, dontFragment, fragment } = ip.value;
  const kind =
    protocol === IP_PROTOCOL.udp
      ? 'udp'
      : protocol === IP_PROTOCOL.tcp
        ? 'tcp'
        : protocol === IP_PROTOCOL.icmp
          ? 'icmp'
          : undefined;
  if (kind === undefined) return undefined;
  const udp = kind === 'udp' && fragment.offset === 0 ? parseUdp(ip.value.payload) : undefined;
  const isDhcp = udp?.ok === true && DHCP_PORTS.has(udp.value.destinationPort);
  return { kind, isDhcp, text: `ttl ${ttl}, tos ${tos}, ${dontFragment ? 'DF' : 'no DF'}` };
}

/** RFC 5227 §1.1: a probe has sender address 0, an announcement asks for the sender's own. */
function arpHabit(payload: Uint8Array): Heard | undefined {
  const parsed = parseArp(payload);
  if (!parsed.ok || parsed.value.kind !== 'ipv4') return undefined;
  const { operation, senderIp, targetIp } = parsed.value;
  const text =
    senderIp === '0.0.0.0'
      ? 'probe'
      : senderIp === targetIp
        ? 'announcement'
        : operation === 1
          ? 'request'
          : operation === 2
            ? 'reply'
            : `operation ${operation}`;
  return { kind: 'arp', text, isDhcp: false };
}
