import type { Packet } from '../../story/packet.ts';
import type { Ipv4Address } from '../../wire/address.ts';
import { compareTftp } from './compare-tftp.ts';
import type { Actor, Exchange, Outcome } from './exchange.ts';
import { tftpName } from './file-name.ts';
import { takeRecordedAddress } from './recorded-address.ts';
import { whyUnanswered } from './step.ts';
import { TftpRead } from './tftp-read.ts';
import type { TftpGiven, TftpStep } from './tftp-step.ts';

const AGAIN_MS = 1_000;
const TRIES = 5;
const TFTP_PORT = 69;

/** A TFTP read, from its request to the last ACK. */
export class TftpExchange implements Exchange {
  readonly #step: TftpStep;
  readonly #actor: Actor;
  readonly #read: TftpRead;
  /** The file to ask for; undefined: it is not to be read by TFTP now. */
  readonly #file: string | undefined;
  #frames: readonly number[] = [];
  #server: Ipv4Address | undefined;
  #port: number | undefined;
  #tries = 0;
  #began = 0;
  wakeAt = 0;

  constructor(step: TftpStep, actor: Actor) {
    this.#step = step;
    this.#actor = actor;
    const recorded = step.request.file;
    const now = actor.roles.textOf(recorded);
    // What was asked for by TFTP although it was a URL is so again.
    this.#file = now === recorded ? now : tftpName(now);
    this.#read = new TftpRead(step, this.#file ?? recorded);
  }

  begin(now: number): void {
    this.#began = now;
    const { roles } = this.#actor;
    const noAddress = takeRecordedAddress(this.#step.clientAddress, this.#actor);
    if (noAddress !== undefined) {
      this.#over({ verdict: 'skipped', note: noAddress }, now);
      return;
    }
    this.#server = roles.serverOf(this.#step.server, 'next server', 'server');
    const why =
      this.#file === undefined
        ? `the boot file is ${roles.textOf(this.#step.request.file)} now: that is not read by TFTP`
        : `nobody stands for ${this.#step.server} now: the answer that named it has not come`;
    if (this.#file === undefined || this.#server === undefined) {
      this.#over({ verdict: 'skipped', note: why }, now);
      return;
    }
    this.#tries = 1;
    this.#send(this.#read.last, now);
  }

  packet({ frame, source, transport }: Packet, now: number): boolean {
    if (transport.kind !== 'udp' || source !== this.#server) return false;
    const { udp } = transport;
    if (udp.destinationPort !== this.#step.clientPort) return false;
    this.#port ??= udp.sourcePort;
    if (udp.sourcePort !== this.#port) return false;
    if (this.#frames.length === 0) this.#frames = [frame.number];
    this.#tries = 1;
    this.wakeAt = now + AGAIN_MS;
    const answer = this.#read.take(udp.payload);
    if (answer !== undefined) this.#send(answer, now);
    if (this.#read.ended) this.#end(now);
    return true;
  }

  wake(now: number): void {
    if (this.#tries >= TRIES) {
      this.#end(now);
      return;
    }
    this.#tries++;
    this.#send(this.#read.last, now);
  }

  #send(payload: Uint8Array, now: number): void {
    const ports = { sourcePort: this.#step.clientPort, destinationPort: this.#port ?? TFTP_PORT };
    if (this.#server !== undefined) this.#actor.host.datagram(this.#server, ports, payload);
    this.wakeAt = now + AGAIN_MS;
  }

  #end(now: number): void {
    const step = this.#step;
    const frames = this.#frames;
    if (step.firstAnswer === undefined) {
      const silent = frames.length === 0;
      const note = silent ? 'nobody answered, then or now' : whyUnanswered(step, this.#actor.script);
      this.#over({ verdict: silent ? 'same' : 'got', frames, note }, now);
      return;
    }
    if (frames.length === 0) {
      const had = `the recording had an answer in frame ${step.firstAnswer}`;
      this.#over({ verdict: 'missing', note: `nobody answered ${TRIES} requests; ${had}` }, now);
      return;
    }
    const { given, ended } = this.#read;
    if (step.given === undefined) {
      const note = `${given.octets} octets; the capture is too large to know what came then`;
      this.#over({ verdict: 'got', frames, note }, now);
      return;
    }
    const { error, sha256 } = step.given;
    const stopsEarly = step.abort === undefined && error === undefined && sha256 === undefined;
    const compared = compareTftp(step.given, given);
    // What the capture does not show to its end cannot be said to differ in length.
    const differences = stopsEarly ? compared.filter(({ field }) => field !== 'octets') : compared;
    const note = ended
      ? whatCame(given, step.abort !== undefined, stopsEarly)
      : `stalled after ${given.octets} octets`;
    this.#over(
      { verdict: differences.length > 0 || !ended ? 'differs' : 'same', frames, differences, note },
      now,
    );
  }

  #over(outcome: Omit<Outcome, 'what' | 'answers'>, now: number): void {
    const { request, firstAnswer, isOwnName } = this.#step;
    const answers = firstAnswer === undefined ? [] : [firstAnswer];
    const waited = firstAnswer === undefined ? { since: this.#began } : {};
    const own = isOwnName ? ['no DHCP answer named the file'] : [];
    const changed =
      this.#file === undefined || this.#file === request.file ? [] : [`asked for ${this.#file} now`];
    const note = [changed, outcome.note ?? [], own].flat().join('; ');
    this.#actor.over(
      { what: `TFTP ${request.file}`, answers, ...waited, ...outcome, ...(note && { note }) },
      now,
    );
  }
}

function whatCame({ error, octets }: TftpGiven, isAborted: boolean, stopsEarly: boolean): string {
  if (error !== undefined) return `refused: ${error.code} ${error.message}`.trimEnd();
  if (isAborted) return `ended by the client after ${octets} octets, as then`;
  return stopsEarly ? `${octets} octets; the capture does not hold the whole file` : `${octets} octets`;
}
