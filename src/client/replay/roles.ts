import { type Ipv4Address, UNSPECIFIED_IPV4 } from '../../wire/address.ts';

/**
 * Which address of now stands where one of the recording stood. The first answer that names a pair makes it; from then
 * on the two are the same by meaning, and what the client says of the one is said of the other.
 */
export class Roles {
  readonly #now = new Map<Ipv4Address, Ipv4Address>();
  readonly #texts = new Map<string, string>();

  /** Makes a pair unless the recorded address has one; whether the two play the same role. */
  pair(recorded: Ipv4Address, now: Ipv4Address): boolean {
    if (recorded === UNSPECIFIED_IPV4 || now === UNSPECIFIED_IPV4) return recorded === now;
    const known = this.#now.get(recorded);
    if (known !== undefined) return known === now;
    this.#now.set(recorded, now);
    return true;
  }

  /** What has come last counts: a client that asks again may be given another address. */
  renew(recorded: Ipv4Address, now: Ipv4Address): void {
    if (recorded !== UNSPECIFIED_IPV4 && now !== UNSPECIFIED_IPV4) this.#now.set(recorded, now);
  }

  of(recorded: Ipv4Address): Ipv4Address {
    return this.#now.get(recorded) ?? recorded;
  }

  knows(recorded: Ipv4Address): boolean {
    return this.#now.has(recorded);
  }

  /** A boot file name that the recorded server gave, and what is given in its place now. */
  renewText(recorded: string, now: string): void {
    this.#texts.set(recorded, now);
  }

  textOf(recorded: string): string {
    return this.#texts.get(recorded) ?? recorded;
  }

  /** Text with the addresses of now in place of the recorded ones. */
  inText(text: string): string {
    return text.replace(/\d{1,3}(?:\.\d{1,3}){3}/g, (address) => this.of(address as Ipv4Address));
  }
}
