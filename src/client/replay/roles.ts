import { type Ipv4Address, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { nameOfNow } from './file-name.ts';

/**
 * Which address of now stands where one of the recording stood. The first answer that names a pair makes it; from then
 * on the two are the same by meaning, and what the client says of the one is said of the other.
 */
export class Roles {
  readonly #now = new Map<Ipv4Address, Ipv4Address>();
  readonly #named = new Set<Ipv4Address>();
  readonly #texts = new Map<string, string>();
  readonly #clients = new Map<Ipv4Address, Ipv4Address>();
  readonly #server: Ipv4Address | undefined;

  /** `server`: who is asked where the recording does not say how the client came to know of a server. */
  constructor(server?: Ipv4Address) {
    this.#server = server;
  }

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

  /** The client's own address. */
  renewClient(recorded: Ipv4Address, now: Ipv4Address): void {
    this.renew(recorded, now);
    if (recorded !== UNSPECIFIED_IPV4 && now !== UNSPECIFIED_IPV4) this.#clients.set(recorded, now);
  }

  /** An answer of the recording named this server: who does not come in its place now cannot be asked. */
  name(recorded: Ipv4Address): void {
    this.#named.add(recorded);
  }

  of(recorded: Ipv4Address): Ipv4Address {
    return this.#now.get(recorded) ?? recorded;
  }

  /** Whom to ask in place of a server. Undefined: the answer that named it has not come. */
  serverOf(recorded: Ipv4Address): Ipv4Address | undefined {
    const known = this.#now.get(recorded);
    if (known !== undefined) return known;
    return this.#named.has(recorded) ? undefined : (this.#server ?? recorded);
  }

  /** A boot file name that the recorded server gave, and what is given in its place now. */
  renewText(recorded: string, now: string): void {
    this.#texts.set(recorded, now);
  }

  /** The name of a file to ask for. */
  textOf(recorded: string): string {
    return nameOfNow(recorded, { files: this.#texts, addresses: [...this.#clients] });
  }

  /** Text with the addresses of now in place of the recorded ones. */
  inText(text: string): string {
    return text.replace(/\d{1,3}(?:\.\d{1,3}){3}/g, (address) => this.of(address as Ipv4Address));
  }
}
