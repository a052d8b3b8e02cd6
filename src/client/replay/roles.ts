import { type Ipv4Address, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { nameOfNow } from './file-name.ts';

/** What an address is to the client. One machine may play several, and in the lab they may be several machines'. */
export type Role = 'client' | 'host' | 'next server' | 'server' | 'dns' | 'router' | 'broadcast' | 'ntp';

/** Where the role is not known (an address in a text), in this order. */
const ANY: readonly Role[] = ['client', 'host', 'next server', 'server', 'dns', 'router', 'broadcast', 'ntp'];

/**
 * Which address of now stands where one of the recording stood, role by role. The first answer that names a pair makes it;
 * from then on the two are the same by meaning, and what the client says of the one is said of the other.
 */
export class Roles {
  readonly #now = new Map<string, Ipv4Address>();
  readonly #named = new Set<Ipv4Address>();
  readonly #texts = new Map<string, string>();
  readonly #clients = new Map<Ipv4Address, Ipv4Address>();
  readonly #server: Ipv4Address | undefined;

  /** `server`: who is asked where the recording does not say how the client came to know of a server. */
  constructor(server?: Ipv4Address) {
    this.#server = server;
  }

  /** Makes a pair unless the recorded address has one. */
  pair(role: Role, recorded: Ipv4Address, now: Ipv4Address): void {
    if (!this.#now.has(`${role} ${recorded}`)) this.renew(role, recorded, now);
  }

  /** What has come last counts: a client that asks again may be given another address. */
  renew(role: Role, recorded: Ipv4Address, now: Ipv4Address): void {
    if (recorded === UNSPECIFIED_IPV4 || now === UNSPECIFIED_IPV4) return;
    this.#now.set(`${role} ${recorded}`, now);
    if (role === 'client') this.#clients.set(recorded, now);
  }

  /** An answer of the recording named this server: who does not come in its place now cannot be asked. */
  name(recorded: Ipv4Address): void {
    this.#named.add(recorded);
  }

  /** The first of the roles that the address plays counts. */
  of(recorded: Ipv4Address, ...roles: readonly Role[]): Ipv4Address {
    return this.#find(recorded, roles) ?? recorded;
  }

  /** Whom to ask in place of a server. Undefined: the answer that named it has not come. */
  serverOf(recorded: Ipv4Address, ...roles: readonly Role[]): Ipv4Address | undefined {
    const known = this.#find(recorded, roles);
    if (known !== undefined) return known;
    return this.#named.has(recorded) ? undefined : (this.#server ?? recorded);
  }

  #find(recorded: Ipv4Address, roles: readonly Role[]): Ipv4Address | undefined {
    for (const role of roles.length === 0 ? ANY : roles) {
      const now = this.#now.get(`${role} ${recorded}`);
      if (now !== undefined) return now;
    }
    return undefined;
  }

  /** A boot file name that the recorded server gave, and what is given in its place now. */
  renewText(recorded: string, now: string): void {
    this.#texts.set(recorded, now);
  }

  /** The host of a URL that the server of now gives in place of a recorded one; a name or an address. */
  hostOf(recorded: string): string {
    for (const [before, now] of this.#texts) {
      const [was, is] = [urlHost(before), urlHost(now)];
      if (was === recorded.toLowerCase() && is !== undefined) return is;
    }
    return recorded;
  }

  /** The name of a file to ask for. */
  textOf(recorded: string): string {
    return nameOfNow(recorded, { files: this.#texts, addresses: [...this.#clients] });
  }

  /** Text with the addresses of now in place of the recorded ones. */
  inText(text: string, ...roles: readonly Role[]): string {
    return text.replace(/\d{1,3}(?:\.\d{1,3}){3}/g, (address) => this.of(address as Ipv4Address, ...roles));
  }
}

/** Without its port; undefined where the text is no URL. */
function urlHost(text: string): string | undefined {
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?([^/:]+)/i.exec(text)?.[1]?.toLowerCase();
}
