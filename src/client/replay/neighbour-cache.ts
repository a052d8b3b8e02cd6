import type { IpAddress, MacAddress } from '../../wire/address.ts';

/** Packets that wait for one address. RFC 1122 §2.3.2.2 asks for one at least: the latest. */
const WAITING = 3;

type Send = (mac: MacAddress) => void;

/** Who has which address, and what waits to be sent until that is known. For ARP and for neighbour discovery. */
export class NeighbourCache {
  readonly #known = new Map<IpAddress, MacAddress>();
  readonly #waiting = new Map<IpAddress, Send[]>();

  /** Calls `send` as soon as the neighbour is known: at once, or after `ask` and its answer. */
  resolve(address: IpAddress, send: Send, ask: () => void): void {
    const known = this.#known.get(address);
    if (known !== undefined) {
      send(known);
      return;
    }
    this.#waiting.set(address, [...(this.#waiting.get(address) ?? []), send].slice(-WAITING));
    ask();
  }

  learn(address: IpAddress, mac: MacAddress): void {
    this.#known.set(address, mac);
    const waiting = this.#waiting.get(address) ?? [];
    this.#waiting.delete(address);
    for (const send of waiting) send(mac);
  }
}
