import type { Packet } from '../../story/packet.ts';
import type { MacAddress } from '../../wire/address.ts';
import { DhcpExchange } from './dhcp-exchange.ts';
import type { Actor, Exchange, ExchangeResult, Outcome, ReplayOptions } from './exchange.ts';
import type { ReplayHost } from './host.ts';
import { Roles } from './roles.ts';
import type { ReplayScript, ReplayStep } from './step.ts';
import { TftpExchange } from './tftp-exchange.ts';

export type ReplayOutputs = {
  readonly send: (frame: Uint8Array) => void;
  readonly result: (result: ExchangeResult) => void;
};

/** Hosts are shared: several clients speak by one relay. */
type Wire = ReplayOutputs & { readonly hostOf: (mac: MacAddress) => ReplayHost };

/** A pause of the recording is kept up to here. */
const LONGEST_PAUSE_MS = 10_000;

/** Which file does a step of which kind again. */
function exchangeOf(step: ReplayStep, actor: Actor): Exchange {
  switch (step.kind) {
    case 'dhcp':
      return new DhcpExchange(step, actor);
    case 'tftp':
      return new TftpExchange(step, actor);
    default:
      return step satisfies never;
  }
}

/**
 * One client of a capture, sans-IO: packets and the time go in, frames and results come out. It does one
 * thing after the other, as boot firmware does. `wakeAt` says when it wants to be woken if no frame comes before.
 */
export class ReplayClient {
  readonly #script: ReplayScript;
  readonly #options: ReplayOptions;
  readonly #wire: Wire;
  readonly #host: ReplayHost;
  readonly #relays = new Set<ReplayHost>();
  readonly #roles = new Roles();
  #next = 0;
  /** Undefined: in the pause before the next step. */
  #running: Exchange | undefined;
  #pauseEnds: number | undefined;

  /** `beginNs`: the time of the recording that stands for `now`. */
  constructor(script: ReplayScript, options: ReplayOptions, wire: Wire, beginNs: bigint, now: number) {
    this.#script = script;
    this.#options = options;
    this.#wire = wire;
    this.#host = wire.hostOf(script.mac);
    this.#pause(beginNs, now);
  }

  get done(): boolean {
    return this.wakeAt === undefined;
  }

  get wakeAt(): number | undefined {
    return this.#running?.wakeAt ?? this.#pauseEnds;
  }

  /** Something of the wire that came for the hosts `heard`. */
  packet(packet: Packet, heard: readonly ReplayHost[], now: number): void {
    if (heard.some((host) => host === this.#host || this.#relays.has(host)))
      this.#running?.packet(packet, now);
  }

  wake(now: number): void {
    if (this.wakeAt === undefined || now < this.wakeAt) return;
    if (this.#running === undefined) this.#begin(now);
    else this.#running.wake(now);
  }

  #pause(sinceNs: bigint, now: number): void {
    const step = this.#script.steps[this.#next];
    if (step === undefined) {
      this.#pauseEnds = undefined;
      return;
    }
    const recorded = Number(step.timeNs - sinceNs) / 1e6;
    this.#pauseEnds = now + (this.#options.fast ? 0 : Math.min(LONGEST_PAUSE_MS, Math.max(0, recorded)));
  }

  #begin(now: number): void {
    const step = this.#script.steps[this.#next];
    if (step === undefined) return;
    this.#next++;
    this.#running = exchangeOf(step, {
      script: this.#script,
      options: this.#options,
      host: this.#host,
      relay: (mac) => {
        const host = this.#wire.hostOf(mac);
        this.#relays.add(host);
        return host;
      },
      roles: this.#roles,
      next: this.#script.steps[this.#next],
      over: (outcome, at) => this.#over(step, outcome, at),
    });
    this.#running.begin(now);
  }

  #over(step: ReplayStep, outcome: Outcome, now: number): void {
    this.#running = undefined;
    this.#wire.result({
      client: this.#script.mac,
      what: outcome.what,
      verdict: outcome.verdict,
      recorded: [step.frame, ...outcome.answers],
      frames: outcome.frames ?? [],
      differences: outcome.differences ?? [],
      note: outcome.note,
    });
    this.#pause(step.endNs, now);
  }
}
