import { UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { messageTypeCode, messageTypeName } from '../../wire/dhcp/opt-message-type.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { needsProbe } from './address-probes.ts';
import { answerBootp } from './answer-bootp.ts';
import { answerRequest } from './answer-request.ts';
import { type Answer, type Exchange, NO_ADDRESS_LEFT, namesThisServer } from './exchange.ts';
import { addressOption, leaseSecondsFor } from './request-fields.ts';

/** What a message leads to, by its type (option 53): RFC 2131 §4.3. */
export function answerMessage(exchange: Exchange): Answer {
  const code = messageTypeCode(exchange.request);
  if (code === undefined) return answerBootp(exchange);
  const kind = messageTypeName(code);
  switch (kind) {
    case 'discover':
      return answerDiscover(exchange);
    case 'request':
      return answerRequest(exchange);
    case 'decline':
      return answerDecline(exchange);
    case 'release':
      return answerRelease(exchange);
    case 'inform':
      return exchange.request.ciaddr === UNSPECIFIED_IPV4
        ? { kind: 'silence', because: 'INFORM without ciaddr' }
        : { kind: 'inform-ack' };
    case undefined:
      return { kind: 'silence', because: `message type ${code}, which this server does not handle` };
    default:
      return { kind: 'silence', because: `${kind} is a server's message` };
  }
}

function answerDiscover(exchange: Exchange): Answer {
  const { request, leases, key, subnet, now } = exchange;
  const asked = addressOption(request, OPTION.requestedAddress);
  const before = leases.find(key);
  const seconds = leaseSecondsFor(request, subnet);
  const lease = leases.offer(key, asked, seconds, now);
  if (lease === undefined) return NO_ADDRESS_LEFT;
  if (needsProbe(exchange, before, lease)) return { kind: 'probe', lease };
  // The ACK will say the same: of a lease that is bound it does not matter what was promised last time.
  return { kind: 'offer', lease: lease.seconds === seconds ? lease : { ...lease, seconds } };
}

/** RFC 2131 §4.3.3. Only the client that has the address can take it out of use (clauses SEC-009). */
function answerDecline(exchange: Exchange): Answer {
  const { request, leases, key, now } = exchange;
  const address = addressOption(request, OPTION.requestedAddress);
  if (address === undefined || !isForUs(exchange)) return { kind: 'silence', because: 'DECLINE not for us' };
  const lease = leases.decline(key, address, now);
  return lease === undefined
    ? { kind: 'silence', because: `DECLINE of ${address}, which is not its own, or one too many` }
    : { kind: 'declined', lease };
}

/** RFC 2131 §4.3.4. */
function answerRelease(exchange: Exchange): Answer {
  const { request, leases, key, now } = exchange;
  const address = request.ciaddr;
  if (!isForUs(exchange)) return { kind: 'silence', because: 'RELEASE not for us' };
  const lease = leases.release(key, address, now);
  return lease === undefined
    ? { kind: 'silence', because: `RELEASE of ${address}, which is not its own` }
    : { kind: 'released', lease };
}

function isForUs(exchange: Exchange): boolean {
  const server = addressOption(exchange.request, OPTION.serverIdentifier);
  return server === undefined || namesThisServer(server, exchange);
}
