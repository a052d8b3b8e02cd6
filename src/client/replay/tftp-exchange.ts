import type { Packet } from '../../story/packet.ts';
import { UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { compareTftp } from './compare-tftp.ts';
import type { Actor, Exchange, Outcome } from './exchange.ts';
import { TftpRead } from './tftp-read.ts';
import type { TftpStep } from './tftp-step.ts';

const AGAIN_MS = 1_000;
const TRIES = 5;
const TFTP_PORT = 69;

/** A TFTP read, from its request to the last ACK. */
export class TftpExchange implements Exchange {
  readonly #step: TftpStep;
  readonly #actor: Actor;
  readonly #read: TftpRead;
  #frames: readonly number[] = [];
  #port: number | undefined;
  #tries = 0;
  wakeAt = 0;

  constructor(step: TftpStep, actor: Actor) {
    this.#step = step;
    this.#actor = actor;
    this.#read = new TftpRead(step, actor.roles.textOf(step.request.file));
  }

  begin(now: number): void {
    const { host, script } = this.#actor;
    if (host.address === UNSPECIFIED_IPV4) {
      if (script.steps.some(({ kind }) => kind === 'dhcp')) {
        this.#over({ verdict: 'skipped', note: 'the client was given no address' }, now);
        return;
      }
      // The capture begins after DHCP: the client is where it was.
      host.address = this.#step.clientAddress;
    }
    this.#tries = 1;
    this.#send(this.#read.last, now);
  }

  packet({ frame, source, transport }: Packet, now: number): void {
    if (transport.kind !== 'udp' || source !== this.#server) return;
    const { udp } = transport;
    if (udp.destinationPort !== this.#step.clientPort) return;
    this.#port ??= udp.sourcePort;
    if (udp.sourcePort !== this.#port) return;
    if (this.#frames.length === 0) this.#frames = [frame.number];
    this.#tries = 1;
    this.wakeAt = now + AGAIN_MS;
    const answer = this.#read.take(udp.payload);
    if (answer !== undefined) this.#send(answer, now);
    if (this.#read.ended) this.#end(now);
  }

  wake(now: number): void {
    if (this.#tries >= TRIES) {
      this.#end(now);
      return;
    }
    this.#tries++;
    this.#send(this.#read.last, now);
  }

  get #server(): TftpStep['server'] {
    return this.#actor.roles.of(this.#step.server);
  }

  #send(payload: Uint8Array, now: number): void {
    const ports = { sourcePort: this.#step.clientPort, destinationPort: this.#port ?? TFTP_PORT };
    this.#actor.host.datagram(this.#server, ports, payload);
    this.wakeAt = now + AGAIN_MS;
  }

  #end(now: number): void {
    const step = this.#step;
    const frames = this.#frames;
    if (step.firstAnswer === undefined) {
      const silent = frames.length === 0;
      const note = silent ? 'nobody answered, then or now' : 'the capture has no answer to it';
      this.#over({ verdict: silent ? 'same' : 'got', frames, note }, now);
      return;
    }
    if (frames.length === 0) {
      const had = `the recording had an answer in frame ${step.firstAnswer}`;
      this.#over({ verdict: 'missing', note: `nobody answered ${TRIES} requests; ${had}` }, now);
      return;
    }
    const stopsEarly =
      step.abort === undefined && step.given.error === undefined && step.given.sha256 === undefined;
    const { given, ended } = this.#read;
    const compared = compareTftp(step.given, given);
    // What the capture does not show to its end cannot be said to differ in length.
    const differences = stopsEarly ? compared.filter(({ field }) => field !== 'octets') : compared;
    const note = ended
      ? stopsEarly
        ? `${given.octets} octets; the capture does not hold the whole file`
        : `${given.octets} octets`
      : `stalled after ${given.octets} octets`;
    this.#over(
      { verdict: differences.length > 0 || !ended ? 'differs' : 'same', frames, differences, note },
      now,
    );
  }

  #over(outcome: Omit<Outcome, 'what' | 'answers'>, now: number): void {
    const { request, firstAnswer } = this.#step;
    const answers = firstAnswer === undefined ? [] : [firstAnswer];
    this.#actor.over({ what: `TFTP ${request.file}`, answers, ...outcome }, now);
  }
}
