/**
 * Addresses that are asked for on their network before they are offered: RFC 2131 §2.2 and §3.1, "the server SHOULD probe the
 * reused address before allocating". While that lasts the client's message waits here.
 */
import type { Ipv4Address } from '../../wire/address.ts';
import type { Lease } from '../leases/lease-table.ts';
import type { Exchange } from './exchange.ts';

/** How an address is asked for: on the server's own wire by ARP, which no firewall drops; else by ICMP echo. */
export type ProbeMeans = 'arp' | 'icmp';

/** A client's message that is answered when its address is known to be free. */
export type WaitingMessage = {
  readonly bytes: Uint8Array;
  readonly source: { readonly address: string; readonly port: number };
  readonly via: Ipv4Address;
};

type Waiting = { readonly message: WaitingMessage; readonly since: number; readonly conflicts: number };

/** More at once than this are offered without a probe: a storm of clients must neither wait nor fill the memory. */
const MAX_WAITING = 4096;
/** What the shell has not answered by then it never will. */
const FORGOTTEN_AFTER_MS = 5_000;
/** Addresses of one client that may turn out to be taken before it is left to ask again. */
const MAX_CONFLICTS = 4;

export class AddressProbes {
  readonly #waiting = new Map<Ipv4Address, Waiting>();

  get hasRoom(): boolean {
    return this.#waiting.size < MAX_WAITING;
  }

  hasWaiting(address: Ipv4Address): boolean {
    return this.#waiting.has(address);
  }

  /** True: the address is to be asked for. False: that is under way, and the client's newer message is answered then. */
  wait(address: Ipv4Address, message: WaitingMessage, conflicts: number, now: number): boolean {
    const earlier = this.#waiting.get(address);
    const isNew = earlier === undefined || now - earlier.since >= FORGOTTEN_AFTER_MS;
    const since = isNew ? now : earlier.since;
    // The octets belong to whoever received them, and may be written over.
    this.#waiting.set(address, {
      message: { ...message, bytes: message.bytes.slice() },
      since,
      conflicts,
    });
    return isNew;
  }

  take(address: Ipv4Address): Waiting | undefined {
    const waiting = this.#waiting.get(address);
    this.#waiting.delete(address);
    return waiting;
  }

  static mayTryAgain(conflicts: number): boolean {
    return conflicts < MAX_CONFLICTS;
  }
}

/**
 * Not for what the client holds already, since it may answer there itself; nor for a reserved address, which is its
 * client's whatever else is on the network.
 */
export function needsProbe(
  { config, reservation, probes, cleared, now }: Exchange,
  before: Lease | undefined,
  offered: Lease,
): boolean {
  if (!config.probeAddresses || reservation !== undefined || offered.address === cleared) return false;
  if (probes.hasWaiting(offered.address)) return true;
  const isHeld =
    before !== undefined &&
    before.address === offered.address &&
    (before.state === 'bound' || before.state === 'offered') &&
    before.until > now;
  return !isHeld && probes.hasRoom;
}
