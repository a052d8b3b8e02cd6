import { type Ipv4Address, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import type { Actor } from './exchange.ts';

/**
 * A client that had its address before the capture began has it now, and is where it was. Why it can have none, where that is
 * so: nobody gave it one now, or nobody can answer to it.
 */
export function takeRecordedAddress(recorded: Ipv4Address, { host, script }: Actor): string | undefined {
  if (host.address !== UNSPECIFIED_IPV4) return undefined;
  if (recorded.startsWith('127.')) return `nobody can answer ${recorded}`;
  if (script.given.has(recorded)) return 'the client was given no address';
  host.address = recorded;
  host.elsewhere = true;
  return undefined;
}
