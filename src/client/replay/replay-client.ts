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
import { compareDhcp, compareTftp, type Difference, learnRoles } from './compare-answer.ts';
import { type Datagram, ReplayHost } from './host.ts';
import type { DhcpStep, ReplayScript, ReplayStep, TftpStep } from './replay-script.ts';
import { rewriteDhcp } from './rewrite-dhcp.ts';
import { Roles } from './roles.ts';
import { TftpRead } from './tftp-read.ts';

/** `got`: there is nothing recorded to compare with. `skipped`: the client could not come so far. */
export type ExchangeVerdict = 'same' | 'differs' | 'missing' | 'got' | 'skipped';

export type ExchangeResult = {
  readonly client: string;
  readonly what: string;
  readonly verdict: ExchangeVerdict;
  /** Of the capture: the client's frame, then the answers'. */
  readonly recorded: readonly number[];
  /** Of the new capture. */
  readonly frames: readonly number[];
  readonly differences: readonly Difference[];
  readonly note: string | undefined;
};

export type ReplayOptions = {
  /** Not the recorded pauses: each step as soon as the one before it is over. */
  readonly fast: boolean;
  /** New transaction ids, made of the recorded ones by this. */
  readonly freshXid: ((recorded: number) => number) | undefined;
};

export type ReplayOutputs = {
  readonly send: (frame: Uint8Array) => void;
  readonly result: (result: ExchangeResult) => void;
};

/** A pause of the recording is kept up to here. */
const LONGEST_PAUSE_MS = 10_000;
/** A server that pings an address before it offers it takes up to 3 s. */
const DHCP_PATIENCE_MS = 6_000;
const TFTP_AGAIN_MS = 1_000;
const TFTP_TRIES = 5;
const TFTP_PORT = 69;
const OPTION = { netmask: 1, router: 3 } as const;

type Running =
  | { readonly kind: 'pause' }
  | { readonly kind: 'dhcp'; readonly step: DhcpStep; readonly xid: number; readonly got: Got[] }
  | {
      readonly kind: 'tftp';
      readonly step: TftpStep;
      readonly read: TftpRead;
      readonly server: Ipv4Address;
      frames: number[];
      port: number | undefined;
      tries: number;
    }
  | { readonly kind: 'done' };

type Got = { readonly frame: number; readonly message: DhcpMessage };

/**
 * One client of a capture, sans-IO: frames of the wire and the time go in, frames and results come out. It does one
 * thing after the other, as boot firmware does. `wakeAt` says when it wants to be woken if no frame comes before.
 */
export class ReplayClient {
  readonly #script: ReplayScript;
  readonly #options: ReplayOptions;
  readonly #outputs: ReplayOutputs;
  readonly #host: ReplayHost;
  readonly #roles = new Roles();
  #next = 0;
  #running: Running = { kind: 'pause' };
  wakeAt: number | undefined;

  /** `beginNs`: the time of the recording that stands for `now`. */
  constructor(
    script: ReplayScript,
    options: ReplayOptions,
    outputs: ReplayOutputs,
    beginNs: bigint,
    now: number,
  ) {
    this.#script = script;
    this.#options = options;
    this.#outputs = outputs;
    this.#host = new ReplayHost(script.mac, outputs.send);
    this.#pause(beginNs, now);
  }

  get done(): boolean {
    return this.#running.kind === 'done';
  }

  /** A frame of the wire. `number`: in the new capture. */
  frame(bytes: Uint8Array, number: number, now: number): void {
    const datagram = this.#host.frame(bytes);
    const running = this.#running;
    if (datagram === undefined) return;
    if (running.kind === 'dhcp') this.#dhcpAnswer(running, datagram, number, now);
    if (running.kind === 'tftp') this.#tftpPacket(running, datagram, number, now);
  }

  wake(now: number): void {
    if (this.wakeAt === undefined || now < this.wakeAt) return;
    const running = this.#running;
    switch (running.kind) {
      case 'pause':
        this.#begin(now);
        return;
      case 'dhcp':
        this.#endDhcp(running, now);
        return;
      case 'tftp':
        if (running.tries >= TFTP_TRIES) {
          this.#endTftp(running, now);
          return;
        }
        running.tries++;
        this.#sendTftp(running, now);
        return;
      case 'done':
        return;
      default:
        running satisfies never;
    }
  }

  #pause(sinceNs: bigint, now: number): void {
    const step = this.#script.steps[this.#next];
    if (step === undefined) {
      this.#running = { kind: 'done' };
      this.wakeAt = undefined;
      return;
    }
    const recorded = Number(step.timeNs - sinceNs) / 1e6;
    const pause = this.#options.fast ? 0 : Math.min(LONGEST_PAUSE_MS, Math.max(0, recorded));
    this.#running = { kind: 'pause' };
    this.wakeAt = now + pause;
  }

  #begin(now: number): void {
    const step = this.#script.steps[this.#next];
    if (step === undefined) return;
    this.#next++;
    if (step.kind === 'dhcp') this.#beginDhcp(step, now);
    else this.#beginTftp(step, now);
  }

  #beginDhcp(step: DhcpStep, now: number): void {
    const opened = openRecorded(step.bytes);
    if (opened === undefined) {
      this.#over(step, 'skipped', { note: 'its frame cannot be sent again' }, now);
      return;
    }
    const { packet, udp } = opened;
    const xid = this.#options.freshXid?.(step.message.xid) ?? step.message.xid;
    const addresses = {
      source: this.#roles.of(packet.source),
      destination: this.#roles.of(packet.destination),
    };
    const payload = rewriteDhcp(udp.payload, step.message, this.#roles, xid);
    const sent = { ...udp, payload, trailing: NO_BYTES };
    // A client that sends no checksum (RFC 768 allows it) sends none now.
    const datagram = udp.checksum === 0 ? serializeUdp(sent) : serializeUdp(sent, addresses);
    const { checksum: _recorded, ...fields } = packet;
    this.#running = { kind: 'dhcp', step, xid, got: [] };
    this.#host.packet({ ...fields, ...addresses, payload: datagram });
    if (step.answers.length === 0 && MEANT_UNANSWERED.has(messageTypeCode(step.message) ?? 0)) {
      this.#over(step, 'same', {}, now);
      return;
    }
    this.wakeAt = now + this.#patience(step);
  }

  /** Without a recorded answer the client is as patient as it was: up to what it did next. */
  #patience(step: DhcpStep): number {
    const next = this.#script.steps[this.#next];
    if (step.answers.length > 0 || next === undefined) return DHCP_PATIENCE_MS;
    const recorded = Number(next.timeNs - step.timeNs) / 1e6;
    return Math.min(
      DHCP_PATIENCE_MS,
      Math.max(this.#options.fast ? 1_000 : 0, this.#options.fast ? 0 : recorded),
    );
  }

  #dhcpAnswer(running: Running & { kind: 'dhcp' }, { udp }: Datagram, number: number, now: number): void {
    const parsed = parseDhcpMessage(udp.payload);
    if (!parsed.ok || parsed.value.op !== BOOTREPLY || parsed.value.xid !== running.xid) return;
    if (clientMac(parsed.value) !== this.#script.mac) return;
    const message = parsed.value;
    running.got.push({ frame: number, message });
    const recorded = partnerOf(message, running.step.answers, running.got.length - 1);
    if (recorded !== undefined) learnRoles(recorded, message, this.#roles);
    if (messageTypeCode(message) === MESSAGE_TYPE.ack || messageTypeCode(message) === undefined)
      this.#configure(message);
    if (running.got.length >= Math.max(1, running.step.answers.length)) this.#endDhcp(running, now);
  }

  #configure(message: DhcpMessage): void {
    if (message.yiaddr === UNSPECIFIED_IPV4) return;
    const address = (code: number): Ipv4Address | undefined => {
      const data = optionData(message, code);
      const parsed = data === undefined ? undefined : parseAddress(data);
      return parsed?.ok === true ? parsed.value : undefined;
    };
    this.#host.address = message.yiaddr;
    this.#host.netmask = address(OPTION.netmask) ?? this.#host.netmask;
    this.#host.gateway = address(OPTION.router);
  }

  #endDhcp({ step, got }: Running & { kind: 'dhcp' }, now: number): void {
    const frames = got.map(({ frame }) => frame);
    if (step.answers.length === 0) {
      const note = got.length === 0 ? 'nobody answered, then or now' : 'the capture has no answer to it';
      this.#over(step, got.length === 0 ? 'same' : 'got', { frames, note }, now);
      return;
    }
    const differences: Difference[] = [];
    for (const [i, { message }] of got.entries()) {
      const recorded = partnerOf(message, step.answers, i);
      if (recorded !== undefined) differences.push(...compareDhcp(recorded, message, this.#roles));
    }
    if (got.length === 0) {
      const [first] = step.answers;
      const type = first === undefined ? 'answer' : typeName(first.message);
      const note = `nobody answered within ${DHCP_PATIENCE_MS / 1000} s; the recording had ${type} in frame ${first?.frame}`;
      this.#over(step, 'missing', { note }, now);
      return;
    }
    if (got.length < step.answers.length) {
      const [recorded, now_] = [step.answers.length, got.length].map((count) => String(count));
      differences.push({ field: 'answers', recorded, got: now_ });
    }
    this.#over(step, differences.length === 0 ? 'same' : 'differs', { frames, differences }, now);
  }

  #beginTftp(step: TftpStep, now: number): void {
    if (this.#host.address === UNSPECIFIED_IPV4) {
      if (this.#script.steps.some(({ kind }) => kind === 'dhcp')) {
        this.#over(step, 'skipped', { note: 'the client was given no address' }, now);
        return;
      }
      // The capture begins after DHCP: the client is where it was.
      this.#host.address = step.clientAddress;
    }
    const read = new TftpRead(step, this.#roles.textOf(step.request.file));
    const server = this.#roles.of(step.server);
    const running: Running = { kind: 'tftp', step, read, server, frames: [], port: undefined, tries: 1 };
    this.#running = running;
    this.#sendTftp(running, now);
  }

  #sendTftp(running: Running & { kind: 'tftp' }, now: number, payload = running.read.last): void {
    const ports = { sourcePort: running.step.clientPort, destinationPort: running.port ?? TFTP_PORT };
    this.#host.datagram(running.server, ports, payload);
    this.wakeAt = now + TFTP_AGAIN_MS;
  }

  #tftpPacket(
    running: Running & { kind: 'tftp' },
    { packet, udp }: Datagram,
    number: number,
    now: number,
  ): void {
    if (packet.source !== running.server || udp.destinationPort !== running.step.clientPort) return;
    running.port ??= udp.sourcePort;
    if (udp.sourcePort !== running.port) return;
    if (running.frames.length === 0) running.frames = [number];
    running.tries = 1;
    const answer = running.read.take(udp.payload);
    if (answer !== undefined) this.#sendTftp(running, now, answer);
    this.wakeAt = now + TFTP_AGAIN_MS;
    if (running.read.ended) this.#endTftp(running, now);
  }

  #endTftp({ step, read, frames }: Running & { kind: 'tftp' }, now: number): void {
    if (frames.length === 0 && step.firstAnswer !== undefined) {
      const note = `nobody answered ${TFTP_TRIES} requests; the recording had an answer in frame ${step.firstAnswer}`;
      this.#over(step, 'missing', { note }, now);
      return;
    }
    if (step.firstAnswer === undefined) {
      const note = frames.length === 0 ? 'nobody answered, then or now' : 'the capture has no answer to it';
      this.#over(step, frames.length === 0 ? 'same' : 'got', { frames, note }, now);
      return;
    }
    const stopsEarly =
      step.abort === undefined && step.given.error === undefined && step.given.sha256 === undefined;
    const { given } = read;
    const compared = compareTftp(step.given, given);
    // What the capture does not show to its end cannot be said to differ in length.
    const differences = stopsEarly ? compared.filter(({ field }) => field !== 'octets') : compared;
    const note = read.ended
      ? stopsEarly
        ? `${given.octets} octets; the capture does not hold the whole file`
        : `${given.octets} octets`
      : `stalled after ${given.octets} octets`;
    const verdict = differences.length > 0 || !read.ended ? 'differs' : 'same';
    this.#over(step, verdict, { frames, differences, note }, now);
  }

  #over(
    step: ReplayStep,
    verdict: ExchangeVerdict,
    more: Partial<Pick<ExchangeResult, 'frames' | 'differences' | 'note'>>,
    now: number,
  ): void {
    const answers =
      step.kind === 'dhcp' ? step.answers.map(({ frame }) => frame) : [step.firstAnswer ?? []].flat();
    this.#outputs.result({
      client: this.#script.mac,
      what: titleOf(step),
      verdict,
      recorded: [step.frame, ...answers],
      frames: more.frames ?? [],
      differences: more.differences ?? [],
      note: more.note,
    });
    this.#pause(step.endNs, now);
  }
}

/** Nobody answers these: RFC 2131 §4.3.3, §4.3.4. */
const MEANT_UNANSWERED: ReadonlySet<number> = new Set([MESSAGE_TYPE.decline, MESSAGE_TYPE.release]);

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

function titleOf(step: ReplayStep): string {
  return step.kind === 'dhcp' ? `DHCP ${typeName(step.message)}` : `TFTP ${step.request.file}`;
}

function openRecorded(bytes: Uint8Array): { readonly packet: Ipv4Packet; readonly udp: Udp } | undefined {
  const ethernet = parseEthernet(bytes);
  const packet = ethernet.ok ? parseIpv4Packet(ethernet.value.payload) : undefined;
  const udp = packet?.ok === true ? parseUdp(packet.value.payload) : undefined;
  if (packet?.ok !== true || udp?.ok !== true) return undefined;
  // Padding of a short frame is the card's.
  return { packet: { ...packet.value, trailing: NO_BYTES }, udp: udp.value };
}
