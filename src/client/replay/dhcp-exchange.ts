import type { Packet } from '../../story/packet.ts';
import { BROADCAST_IPV4, type Ipv4Address, parseIpv4, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import {
  BOOTREPLY,
  clientMac,
  type DhcpMessage,
  optionData,
  parseDhcpMessage,
} from '../../wire/dhcp/message.ts';
import { parseAddress } from '../../wire/dhcp/opt-addresses.ts';
import { formatMessageType, MESSAGE_TYPE, messageTypeCode } from '../../wire/dhcp/opt-message-type.ts';
import { IP_PROTOCOL } from '../../wire/ipv4.ts';
import { serializeUdp } from '../../wire/udp.ts';
import { compareDhcp, learnRoles } from './compare-dhcp.ts';
import { AnswerList, AnswerPairs, type ServersAnswer, serverOf } from './dhcp-answers.ts';
import { type DhcpStep, type DhcpTry, fits, isToRelay, type RecordedAnswer } from './dhcp-step.ts';
import type { Difference } from './difference.ts';
import { type Actor, type Exchange, type Outcome, triesOf } from './exchange.ts';
import type { ReplayHost } from './host.ts';
import { rewriteDhcp } from './rewrite-dhcp.ts';
import { whyUnanswered } from './step.ts';

/** A server that pings an address before it offers it takes up to 3 s. */
const PATIENCE_MS = 6_000;
const FAST_PATIENCE_MS = 1_000;
const OPTION = { netmask: 1, router: 3 } as const;
/** Nobody answers these: RFC 2131 §4.3.3, §4.3.4. */
const MEANT_UNANSWERED: ReadonlySet<number> = new Set([MESSAGE_TYPE.decline, MESSAGE_TYPE.release]);

/** A DHCP message, sent again as often as it was while nobody answers, and the answers to it. */
export class DhcpExchange implements Exchange {
  readonly #step: DhcpStep;
  readonly #actor: Actor;
  readonly #host: ReplayHost;
  readonly #xid: number;
  /** The relay's address in the lab. */
  readonly #giaddr: Ipv4Address;
  readonly #got = new AnswerList();
  readonly #pairs: AnswerPairs;
  #sent = 0;
  wakeAt = 0;

  constructor(step: DhcpStep, actor: Actor) {
    this.#step = step;
    this.#actor = actor;
    this.#xid = actor.options.renew.xid?.(step.message.xid) ?? step.message.xid;
    const { giaddr } = step.message;
    this.#giaddr = actor.options.relays.get(giaddr) ?? giaddr;
    this.#host = step.relay === undefined ? actor.host : actor.relay(step.relay.mac, this.#giaddr);
    this.#pairs = new AnswerPairs(step.answers);
  }

  begin(now: number): void {
    const { host } = this.#actor;
    const { relay, answers, message } = this.#step;
    if (relay !== undefined) host.elsewhere = true;
    const destination = this.#destination();
    if (destination === undefined) {
      const recorded = this.#step.tries[0]?.destination;
      const note = `nobody stands for ${recorded} now: the answer that named it has not come`;
      this.#over({ verdict: 'skipped', note }, now);
      return;
    }
    this.#send(destination, now);
    const isMeant = MEANT_UNANSWERED.has(messageTypeCode(message) ?? 0) && answers.length === 0;
    if (isMeant) this.#over({ verdict: 'same' }, now);
  }

  packet(packet: Packet, now: number): boolean {
    const answer = this.#answerIn(packet);
    if (answer === undefined) return false;
    const { options, roles } = this.#actor;
    const got = this.#got.add(answer);
    if (got.copies > 1) {
      this.#tellTooMany(got, now);
      return true;
    }
    const { message } = got;
    const recorded = this.#pairs.pair(got, roles);
    if (recorded !== undefined) learnRoles(recorded.message, message, roles);
    if (isLease(message)) this.#configure(message);
    // Whoever waits for no answer has one now, and asks no more.
    const complete = this.#pairs.recorded.length === 0 ? this.#got.all.length > 0 : this.#pairs.complete;
    if (complete) this.#end(now);
    else if (!options.fast) this.wakeAt = Math.max(this.wakeAt, now + PATIENCE_MS);
    return true;
  }

  /** After the end: an answer more than the recording has. */
  late(packet: Packet, now: number): boolean {
    const answer = this.#answerIn(packet);
    if (answer === undefined) return false;
    const got = this.#got.add(answer);
    if (got.copies > 1) this.#tellTooMany(got, now);
    else this.#tellExtra(got, 'nobody like it answered in the recording', now);
    return true;
  }

  wake(now: number): void {
    const destination = this.#destination();
    const isOver = this.#sent >= this.#step.tries.length || this.#got.all.length > 0;
    if (isOver || destination === undefined) this.#end(now);
    else this.#send(destination, now);
  }

  #destination(): Ipv4Address | undefined {
    const recorded = parseIpv4(this.#step.tries[0]?.destination ?? '') ?? BROADCAST_IPV4;
    return recorded === BROADCAST_IPV4
      ? recorded
      : this.#actor.roles.serverOf(recorded, 'server', 'next server');
  }

  #send(destination: Ipv4Address, now: number): void {
    const one = this.#step.tries[this.#sent];
    if (one === undefined) return;
    const { roles, secs, options } = this.#actor;
    const { giaddr } = this.#step.message;
    const recorded = parseIpv4(one.source) ?? UNSPECIFIED_IPV4;
    const source = this.#step.relay === undefined ? roles.of(recorded, 'client') : recorded;
    const addresses = { source: source === giaddr ? this.#giaddr : source, destination };
    const payload = rewriteDhcp(one.udp.payload, one.message, roles, {
      xid: this.#xid,
      secs: options.renew.secs ? secs.secs(one.message.secs, one.timeNs, now) : one.message.secs,
      giaddr: this.#giaddr,
    });
    const sent = { ...one.udp, payload };
    // A client that sends no checksum (RFC 768 allows it) sends none now.
    const datagram = one.udp.checksum === 0 ? serializeUdp(sent) : serializeUdp(sent, addresses);
    const protocol = IP_PROTOCOL.udp;
    this.#sent++;
    this.wakeAt = now + this.#pauseAfter(one);
    this.#host.packet({ ...one.header, ...addresses, protocol, payload: datagram });
  }

  /** Up to the next try; after the last as long as is fair. */
  #pauseAfter(one: DhcpTry): number {
    const { next, options } = this.#actor;
    const { answers, tries } = this.#step;
    const again = tries[this.#sent];
    const isLast = again === undefined;
    if (isLast && (answers.length > 0 || next === undefined)) return PATIENCE_MS;
    if (options.fast) return FAST_PATIENCE_MS;
    // Without a recorded answer the client is as patient as it was: up to what it did next.
    const recorded = Number((again ?? next ?? one).timeNs - one.timeNs) / 1e6;
    return Math.max(0, isLast ? Math.min(PATIENCE_MS, recorded) : Math.min(options.longestPause, recorded));
  }

  #answerIn({ frame, source, transport }: Packet): RecordedAnswer | undefined {
    const parsed = transport.kind === 'udp' ? parseDhcpMessage(transport.udp.payload) : undefined;
    if (transport.kind !== 'udp' || parsed?.ok !== true || parsed.value.op !== BOOTREPLY) return undefined;
    const message = parsed.value;
    const isMine = message.xid === this.#xid && clientMac(message) === this.#actor.script.mac;
    const toRelay = isToRelay(transport.udp, message);
    const isHere = toRelay === (this.#step.relay !== undefined);
    if (!isMine || !isHere || (toRelay && message.giaddr !== this.#giaddr)) return undefined;
    return fits(this.#step.message, message) ? { frame: frame.number, source, message } : undefined;
  }

  #configure(message: DhcpMessage): void {
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
    const { roles, script } = this.#actor;
    const got = this.#got.all;
    const frames = got.map(({ frame }) => frame);
    const [first] = this.#pairs.recorded;
    for (const { message } of this.#pairs.recorded)
      for (const address of [parseIpv4(serverId(message)), message.siaddr])
        if (address !== undefined) roles.name(address);
    if (first === undefined) {
      const silent = got.length === 0;
      const note = silent ? 'nobody answered, then or now' : whyUnanswered(this.#step, script);
      this.#over({ verdict: silent ? 'same' : 'got', frames, note }, now);
      return;
    }
    if (got.length === 0) {
      const had = `the recording had ${typeName(first.message)} in frame ${first.frame}`;
      const tries = this.#sent === 1 ? '' : ` ${triesOf(this.#sent)}, the last`;
      const note = `nobody answered${tries} within ${PATIENCE_MS / 1000} s; ${had}`;
      this.#over({ verdict: 'missing', note }, now);
      return;
    }
    for (const [recorded, { message }] of this.#pairs.pairAnyhow(got))
      learnRoles(recorded.message, message, roles);
    const differences: Difference[] = [];
    const extra: ServersAnswer[] = [];
    for (const one of got) {
      const recorded = this.#pairs.partnerOf(one);
      if (recorded === undefined) extra.push(one);
      else differences.push(...compareDhcp(recorded.message, one.message, roles));
    }
    for (const { message, frame } of this.#pairs.missing) {
      const recorded = `${describe(message)} in frame ${frame}`;
      differences.push({ field: 'answer', recorded, got: undefined });
    }
    const retried = this.#sent > 1 ? { note: `answered after ${triesOf(this.#sent)}` } : {};
    this.#over(
      { verdict: differences.length === 0 ? 'same' : 'differs', frames, differences, ...retried },
      now,
    );
    for (const one of extra) this.#tellExtra(one, 'nobody like it answered in the recording', now);
  }

  /** A server may answer each try; the recorded one may have said the same more often. */
  #tellTooMany(got: ServersAnswer, now: number): void {
    const recorded = this.#pairs.partnerOf(got)?.copies ?? 0;
    const allowed = Math.max(this.#sent, recorded);
    if (got.copies <= allowed) return;
    const note = `said ${got.copies} times to ${triesOf(this.#sent)}: #${got.frames.join(' #')}`;
    this.#tellExtra({ ...got, frame: got.frames.at(-1) ?? got.frame }, note, now);
  }

  #tellExtra(got: RecordedAnswer, note: string, now: number): void {
    const what = `DHCP ${describe(got.message)} from ${serverOf(got)}`;
    const answers = this.#step.answers.map(({ frame }) => frame);
    this.#actor.extra({ what, verdict: 'extra', answers, frames: [got.frame], note }, now);
  }

  #over(outcome: Omit<Outcome, 'what' | 'answers'>, now: number): void {
    const { message, answers, relay } = this.#step;
    const by = relay === undefined ? '' : ` by relay ${relay.address}`;
    const what = `DHCP ${typeName(message)}${by}`;
    this.#actor.over({ what, answers: answers.map(({ frame }) => frame), ...outcome }, now);
  }
}

const isLease = (message: DhcpMessage): boolean => {
  const type = messageTypeCode(message);
  return (type === MESSAGE_TYPE.ack || type === undefined) && message.yiaddr !== UNSPECIFIED_IPV4;
};

function serverId(message: DhcpMessage): string {
  return serverOf({ message, source: UNSPECIFIED_IPV4, frame: 0 });
}

const typeName = (message: DhcpMessage): string => {
  const code = messageTypeCode(message);
  return code === undefined ? 'BOOTP' : formatMessageType(code);
};

function describe(message: DhcpMessage): string {
  const isProxy = messageTypeCode(message) === MESSAGE_TYPE.offer && message.yiaddr === UNSPECIFIED_IPV4;
  return isProxy ? 'OFFER without an address' : typeName(message);
}
