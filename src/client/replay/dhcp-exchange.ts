import type { Packet } from '../../story/packet.ts';
import { type Ipv4Address, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { NO_BYTES } from '../../wire/bytes.ts';
import {
  BOOTREPLY,
  clientMac,
  type DhcpMessage,
  optionData,
  parseDhcpMessage,
} from '../../wire/dhcp/message.ts';
import { parseAddress } from '../../wire/dhcp/opt-addresses.ts';
import { formatMessageType, MESSAGE_TYPE, messageTypeCode } from '../../wire/dhcp/opt-message-type.ts';
import { parseEthernet } from '../../wire/ethernet.ts';
import { type Ipv4Packet, parseIpv4 as parseIpv4Packet } from '../../wire/ipv4.ts';
import { parseUdp, serializeUdp, type Udp } from '../../wire/udp.ts';
import { compareDhcp, learnRoles } from './compare-dhcp.ts';
import type { DhcpStep } from './dhcp-step.ts';
import type { Difference } from './difference.ts';
import type { Actor, Exchange, Outcome } from './exchange.ts';
import { rewriteDhcp } from './rewrite-dhcp.ts';

/** A server that pings an address before it offers it takes up to 3 s. */
const PATIENCE_MS = 6_000;
const FAST_PATIENCE_MS = 1_000;
const OPTION = { netmask: 1, router: 3 } as const;
/** Nobody answers these: RFC 2131 §4.3.3, §4.3.4. */
const MEANT_UNANSWERED: ReadonlySet<number> = new Set([MESSAGE_TYPE.decline, MESSAGE_TYPE.release]);

type Got = { readonly frame: number; readonly message: DhcpMessage };

/** A DHCP message and the answers to it. */
export class DhcpExchange implements Exchange {
  readonly #step: DhcpStep;
  readonly #actor: Actor;
  readonly #xid: number;
  readonly #got: Got[] = [];
  wakeAt = 0;

  constructor(step: DhcpStep, actor: Actor) {
    this.#step = step;
    this.#actor = actor;
    this.#xid = actor.options.freshXid?.(step.message.xid) ?? step.message.xid;
  }

  begin(now: number): void {
    const { host, roles } = this.#actor;
    const opened = openRecorded(this.#step.bytes);
    if (opened === undefined) {
      this.#over({ verdict: 'skipped', note: 'its frame cannot be sent again' }, now);
      return;
    }
    const { packet, udp } = opened;
    const addresses = { source: roles.of(packet.source), destination: roles.of(packet.destination) };
    const payload = rewriteDhcp(udp.payload, this.#step.message, roles, this.#xid);
    const sent = { ...udp, payload, trailing: NO_BYTES };
    // A client that sends no checksum (RFC 768 allows it) sends none now.
    const datagram = udp.checksum === 0 ? serializeUdp(sent) : serializeUdp(sent, addresses);
    const { checksum: _recorded, ...fields } = packet;
    host.packet({ ...fields, ...addresses, payload: datagram });
    this.wakeAt = now + this.#patience();
    const meant = MEANT_UNANSWERED.has(messageTypeCode(this.#step.message) ?? 0);
    if (meant && this.#step.answers.length === 0) this.#over({ verdict: 'same' }, now);
  }

  packet({ frame, transport }: Packet, now: number): void {
    const parsed = transport.kind === 'udp' ? parseDhcpMessage(transport.udp.payload) : undefined;
    if (parsed?.ok !== true || parsed.value.op !== BOOTREPLY || parsed.value.xid !== this.#xid) return;
    if (clientMac(parsed.value) !== this.#actor.script.mac) return;
    const message = parsed.value;
    this.#got.push({ frame: frame.number, message });
    const { answers } = this.#step;
    const recorded = partnerOf(message, answers, this.#got.length - 1);
    if (recorded !== undefined) learnRoles(recorded, message, this.#actor.roles);
    if (messageTypeCode(message) === MESSAGE_TYPE.ack || messageTypeCode(message) === undefined)
      this.#configure(message);
    if (this.#got.length >= Math.max(1, answers.length)) this.#end(now);
  }

  wake(now: number): void {
    this.#end(now);
  }

  /** Without a recorded answer the client is as patient as it was: up to what it did next. */
  #patience(): number {
    const { next, options } = this.#actor;
    if (this.#step.answers.length > 0 || next === undefined) return PATIENCE_MS;
    const recorded = Number(next.timeNs - this.#step.timeNs) / 1e6;
    return Math.min(PATIENCE_MS, options.fast ? FAST_PATIENCE_MS : Math.max(0, recorded));
  }

  #configure(message: DhcpMessage): void {
    if (message.yiaddr === UNSPECIFIED_IPV4) return;
    const address = (code: number): Ipv4Address | undefined => {
      const data = optionData(message, code);
      const parsed = data === undefined ? undefined : parseAddress(data);
      return parsed?.ok === true ? parsed.value : undefined;
    };
    const { host } = this.#actor;
    host.address = message.yiaddr;
    host.netmask = address(OPTION.netmask) ?? host.netmask;
    host.gateway = address(OPTION.router);
  }

  #end(now: number): void {
    const { answers } = this.#step;
    const frames = this.#got.map(({ frame }) => frame);
    const [first] = answers;
    if (first === undefined) {
      const silent = frames.length === 0;
      const note = silent ? 'nobody answered, then or now' : 'the capture has no answer to it';
      this.#over({ verdict: silent ? 'same' : 'got', frames, note }, now);
      return;
    }
    if (frames.length === 0) {
      const had = `the recording had ${typeName(first.message)} in frame ${first.frame}`;
      this.#over({ verdict: 'missing', note: `nobody answered within ${PATIENCE_MS / 1000} s; ${had}` }, now);
      return;
    }
    const differences: Difference[] = [];
    for (const [i, { message }] of this.#got.entries()) {
      const recorded = partnerOf(message, answers, i);
      if (recorded !== undefined) differences.push(...compareDhcp(recorded, message, this.#actor.roles));
    }
    if (frames.length < answers.length) {
      const [recorded, got] = [answers.length, frames.length].map((count) => String(count));
      differences.push({ field: 'answers', recorded, got });
    }
    this.#over({ verdict: differences.length === 0 ? 'same' : 'differs', frames, differences }, now);
  }

  #over(outcome: Omit<Outcome, 'what' | 'answers'>, now: number): void {
    const { message, answers } = this.#step;
    const what = `DHCP ${typeName(message)}`;
    this.#actor.over({ what, answers: answers.map(({ frame }) => frame), ...outcome }, now);
  }
}

/** The recorded answer that this one stands for: same type, and both with an address or both without (proxyDHCP). */
function partnerOf(
  message: DhcpMessage,
  answers: DhcpStep['answers'],
  index: number,
): DhcpMessage | undefined {
  const alike = answers.find(
    ({ message: recorded }) =>
      messageTypeCode(recorded) === messageTypeCode(message) &&
      (recorded.yiaddr === UNSPECIFIED_IPV4) === (message.yiaddr === UNSPECIFIED_IPV4),
  );
  return (alike ?? answers[index])?.message;
}

const typeName = (message: DhcpMessage): string => {
  const code = messageTypeCode(message);
  return code === undefined ? 'BOOTP' : formatMessageType(code);
};

function openRecorded(bytes: Uint8Array): { readonly packet: Ipv4Packet; readonly udp: Udp } | undefined {
  const ethernet = parseEthernet(bytes);
  const packet = ethernet.ok ? parseIpv4Packet(ethernet.value.payload) : undefined;
  const udp = packet?.ok === true ? parseUdp(packet.value.payload) : undefined;
  if (packet?.ok !== true || udp?.ok !== true) return undefined;
  // Padding of a short frame is the card's.
  return { packet: { ...packet.value, trailing: NO_BYTES }, udp: udp.value };
}
