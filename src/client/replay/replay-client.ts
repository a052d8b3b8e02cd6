import type { Packet } from '../../story/packet.ts';
import type { Ipv4Address, MacAddress } from '../../wire/address.ts';
import { dhcpExchange } from './dhcp-exchange.ts';
import { dhcpv6Exchange } from './dhcpv6-exchange.ts';
import { dnsExchange } from './dns-exchange.ts';
import type { Actor, Exchange, ExchangeResult, Outcome, ReplayOptions } from './exchange.ts';
import type { ReplayHost } from './host.ts';
import { HttpExchange } from './http-exchange.ts';
import { RenewedSecs } from './renewed-secs.ts';
import { Roles } from './roles.ts';
import { Roles6 } from './roles6.ts';
import type { ReplayScript, ReplayStep } from './step.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { TftpExchange } from './tftp-exchange.ts';

export type ReplayOutputs = {
  readonly send: (frame: Uint8Array) => void;
  readonly result: (result: ExchangeResult) => void;
};

/** Hosts are shared: several clients speak by one relay. */
type Wire = ReplayOutputs & { readonly hostOf: (mac: MacAddress, relay?: Ipv4Address) => ReplayHost };

/** Exchanges that are over and may still be answered. */
const REMEMBERED = 20;

/** Which file does a step of which kind again. */
function exchangeOf(step: ReplayStep, actor: Actor): Exchange {
  switch (step.kind) {
    case 'dhcp':
      return dhcpExchange(step, actor);
    case 'dhcpv6':
      return dhcpv6Exchange(step, actor);
    case 'dns':
      return dnsExchange(step, actor);
    case 'http':
      return new HttpExchange(step, actor);
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
  readonly #roles: Roles;
  readonly #roles6 = new Roles6();
  readonly #secs = new RenewedSecs();
  readonly #connections = new Map<number, TcpConnection>();
  /** Latest first. */
  readonly #over: Exchange[] = [];
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
    this.#roles = new Roles(options.server);
    this.#pause(beginNs, now, now);
  }

  get done(): boolean {
    return this.wakeAt === undefined;
  }

  get wakeAt(): number | undefined {
    return this.#running?.wakeAt ?? this.#pauseEnds;
  }

  /** Something of the wire that came for the hosts `heard`. */
  packet(packet: Packet, heard: readonly ReplayHost[], now: number): void {
    if (!heard.some((host) => host === this.#host || this.#relays.has(host))) return;
    const running = this.#running;
    if (running?.packet(packet, now) === true) return;
    const others = running === undefined ? this.#over : [...this.#over, running];
    others.some((exchange) => exchange.late?.(packet, now) === true);
  }

  wake(now: number): void {
    if (this.wakeAt === undefined || now < this.wakeAt) return;
    if (this.#running === undefined) this.#begin(now);
    else this.#running.wake(now);
  }

  /** `sinceNs` of the recording stands for `since`. */
  #pause(sinceNs: bigint, since: number, now: number): void {
    const step = this.#script.steps[this.#next];
    if (step === undefined) {
      this.#pauseEnds = undefined;
      return;
    }
    const recorded = Number(step.timeNs - sinceNs) / 1e6;
    const pause = Math.min(this.#options.longestPause, recorded);
    this.#pauseEnds = this.#options.fast ? now : Math.max(now, since + pause);
  }

  #begin(now: number): void {
    const step = this.#script.steps[this.#next];
    if (step === undefined) return;
    this.#next++;
    this.#running = exchangeOf(step, {
      script: this.#script,
      options: this.#options,
      host: this.#host,
      relay: (mac, address) => this.#relay(this.#wire.hostOf(mac, address)),
      relay6: (mac) => this.#relay(this.#wire.hostOf(mac)),
      roles: this.#roles,
      roles6: this.#roles6,
      secs: this.#secs,
      connections: this.#connections,
      next: this.#script.steps[this.#next],
      over: (outcome, at) => this.#end(step, outcome, at),
      extra: (outcome) => this.#tell(step, outcome),
    });
    this.#running.begin(now);
  }

  #relay(host: ReplayHost): ReplayHost {
    this.#relays.add(host);
    return host;
  }

  #end(step: ReplayStep, outcome: Outcome, now: number): void {
    if (this.#running !== undefined) this.#over.unshift(this.#running);
    this.#over.splice(REMEMBERED);
    this.#running = undefined;
    this.#tell(step, outcome);
    this.#pause(step.endNs, outcome.since ?? now, now);
  }

  #tell(step: ReplayStep, outcome: Outcome): void {
    this.#wire.result({
      client: this.#script.mac,
      what: outcome.what,
      verdict: outcome.verdict,
      recorded: [step.frame, ...outcome.answers],
      frames: outcome.frames ?? [],
      differences: outcome.differences ?? [],
      note: outcome.note,
    });
  }
}
