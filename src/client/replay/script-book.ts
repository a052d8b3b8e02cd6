import type { Packet } from '../../story/packet.ts';
import type { IpAddress, MacAddress } from '../../wire/address.ts';
import { isMachine, madeMac } from './recorded-datagram.ts';
import type { ReplayScript } from './step.ts';

/** One script for each client, in the order in which they were first heard. */
export class ScriptBook {
  readonly #scripts = new Map<MacAddress, ReplayScript>();
  readonly #given = new Map<IpAddress, MacAddress>();

  scriptOf(mac: MacAddress): ReplayScript {
    const known = this.#scripts.get(mac);
    if (known !== undefined) return known;
    const script: ReplayScript = {
      mac,
      steps: [],
      left: new Map(),
      answers: 0,
      told: new Set(),
      given: new Set(),
    };
    this.#scripts.set(mac, script);
    return script;
  }

  find(mac: MacAddress): ReplayScript | undefined {
    return this.#scripts.get(mac);
  }

  all(): Iterable<ReplayScript> {
    return this.#scripts.values();
  }

  /** A server gave a client an address: what comes from there is the client's. */
  given(address: IpAddress, mac: MacAddress): void {
    this.#given.set(address, mac);
  }

  /**
   * Whose a packet is: the frame's sender's, unless that is a router that passed it on for the client that has the address.
   * Undefined where the sender is no machine.
   */
  clientOf({ source, sourceMac }: Packet): MacAddress | undefined {
    const given = this.#given.get(source);
    const mac = given ?? sourceMac ?? madeMac(source);
    return isMachine(mac) ? mac : undefined;
  }

  /** Counts what a client did that is not done again. */
  leftOut(mac: MacAddress, what: string): void {
    const { left } = this.scriptOf(mac);
    left.set(what, (left.get(what) ?? 0) + 1);
  }

  /** Of those that do nothing again, though they did something. */
  idle(): readonly ReplayScript[] {
    return [...this.#scripts.values()].filter(({ steps, left }) => steps.length === 0 && left.size > 0);
  }

  /** Of the clients that do anything again. */
  scripts(): readonly ReplayScript[] {
    return [...this.#scripts.values()].filter(({ steps }) => steps.length > 0);
  }
}
