/** Clients without option 53: RFC 951 §7, RFC 1534 §2. */
import { UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import type { DhcpMessage } from '../../wire/dhcp/message.ts';
import { needsProbe } from './address-probes.ts';
import { type Answer, type Exchange, NO_ADDRESS_LEFT } from './exchange.ts';

/** RFC 951 §3: a client without vendor information fills the vendor area with zeros. Any other cookie is a mistake. */
export function isPlainBootp({ cookie, vend }: DhcpMessage): boolean {
  return !cookie && vend.length >= 4 && vend.subarray(0, 4).every((octet) => octet === 0);
}

/**
 * A reserved address needs no lease. One of the pool is leased without end, since a BOOTP client never renews: so only where
 * that is switched on (RFC 1534 §2).
 */
export function answerBootp(exchange: Exchange): Answer {
  const { request, config, reservation, leases, key, now } = exchange;
  if (config.bootp === 'off' || (config.bootp === 'reserved' && reservation === undefined)) {
    const because = config.bootp === 'off' ? 'BOOTP is off' : 'BOOTP, and no address is reserved for it';
    return { kind: 'silence', because };
  }
  if (request.ciaddr !== UNSPECIFIED_IPV4) return { kind: 'bootp', yiaddr: undefined, lease: undefined };
  if (reservation !== undefined) return { kind: 'bootp', yiaddr: reservation.address, lease: undefined };

  const before = leases.find(key);
  const held = leases.offer(key, undefined, Number.POSITIVE_INFINITY, now);
  if (held === undefined) return NO_ADDRESS_LEFT;
  if (needsProbe(exchange, before, held)) return { kind: 'probe', lease: held };
  const lease = leases.bind(key, held.address, Number.POSITIVE_INFINITY, now);
  return lease === undefined ? NO_ADDRESS_LEFT : { kind: 'bootp', yiaddr: lease.address, lease };
}
