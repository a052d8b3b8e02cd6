import type { MacAddress } from '../../wire/address.ts';
import type { ReplayScript } from './step.ts';

/** One script for each client, in the order in which they were first heard. */
export class ScriptBook {
  readonly #scripts = new Map<MacAddress, ReplayScript>();

  scriptOf(mac: MacAddress): ReplayScript {
    const known = this.#scripts.get(mac);
    if (known !== undefined) return known;
    const script: ReplayScript = { mac, steps: [], left: new Map() };
    this.#scripts.set(mac, script);
    return script;
  }

  find(mac: MacAddress): ReplayScript | undefined {
    return this.#scripts.get(mac);
  }

  /** Counts what a client did that is not done again. */
  leftOut(mac: MacAddress, what: string): void {
    const { left } = this.scriptOf(mac);
    left.set(what, (left.get(what) ?? 0) + 1);
  }

  /** Of the clients that do anything again. */
  scripts(): readonly ReplayScript[] {
    return [...this.#scripts.values()].filter(({ steps }) => steps.length > 0);
  }
}
