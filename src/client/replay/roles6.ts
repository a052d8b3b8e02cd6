import type { Ipv6Address } from '../../wire/address.ts';
import { fromHex, toHex } from '../../wire/bytes.ts';

/** Which address of now stands where one of the recording stood, and which server's identifier (DUID). */
export class Roles6 {
  readonly #addresses = new Map<Ipv6Address, Ipv6Address>();
  readonly #servers = new Map<string, string>();

  /** What has come last counts. */
  renew(recorded: Ipv6Address, now: Ipv6Address): void {
    this.#addresses.set(recorded, now);
  }

  of(recorded: Ipv6Address): Ipv6Address {
    return this.#addresses.get(recorded) ?? recorded;
  }

  renewServer(recorded: string, now: string): void {
    this.#servers.set(recorded, now);
  }

  /** Identifiers are hex. */
  serverOf(recorded: string): string {
    return this.#servers.get(recorded) ?? recorded;
  }

  identifierOf(recorded: Uint8Array): Uint8Array {
    return fromHex(this.serverOf(toHex(recorded)));
  }

  /** Text with the addresses of now in place of the recorded ones: in brackets, as URLs have them (RFC 3986 §3.2.2). */
  inText(text: string): string {
    return text.replace(/\[([0-9a-f:]+)\]/gi, (_, address: string) => `[${this.of(address as Ipv6Address)}]`);
  }
}
