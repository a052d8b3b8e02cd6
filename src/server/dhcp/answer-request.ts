/** DHCPREQUEST in its four states: RFC 2131 §4.3.2 and Table 4, which tells them apart by 54, 50 and ciaddr. */
import { type Ipv4Address, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { optionData } from '../../wire/dhcp/message.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { type Answer, type Exchange, namesThisServer } from './exchange.ts';
import { addressOption, leaseSecondsFor } from './request-fields.ts';
import { isInSubnet } from './subnet-choice.ts';

export function answerRequest(exchange: Exchange): Answer {
  const { request, leases, key, now } = exchange;
  const server = addressOption(request, OPTION.serverIdentifier);
  const asked = addressOption(request, OPTION.requestedAddress);
  const ciaddr = request.ciaddr === UNSPECIFIED_IPV4 ? undefined : request.ciaddr;

  if (server !== undefined) {
    if (!namesThisServer(server, exchange)) {
      leases.withdraw(key, now);
      return { kind: 'silence', because: `it chose server ${server}` };
    }
    const wanted = asked ?? ciaddr;
    return wanted === undefined
      ? { kind: 'silence', because: 'REQUEST without an address' }
      : answerSelecting(exchange, wanted);
  }
  if (ciaddr !== undefined) return answerRenewing(exchange, ciaddr);
  return asked === undefined
    ? { kind: 'silence', because: 'REQUEST without an address' }
    : answerInitReboot(exchange, asked);
}

/** The client took our offer. One that comes late still gets its address, if nobody else did. */
function answerSelecting(exchange: Exchange, wanted: Ipv4Address): Answer {
  return bind(exchange, wanted) ?? { kind: 'nak', because: `${wanted} is not yours` };
}

/** The client remembers an address from an earlier boot. */
function answerInitReboot(exchange: Exchange, wanted: Ipv4Address): Answer {
  const { config, leases, key, subnet } = exchange;
  const known = leases.find(key);
  // RFC 2131: a server without a record of the client "MUST remain silent"; one that is alone knows better.
  if (known === undefined && !config.authoritative) {
    return { kind: 'silence', because: `no record of its lease of ${wanted}` };
  }
  if (!isInSubnet(wanted, subnet)) return { kind: 'nak', because: `${wanted} is on another network` };
  if (known !== undefined && known.state !== 'released' && known.address !== wanted) {
    return { kind: 'nak', because: `${wanted} is not yours, ${known.address} is` };
  }
  return bind(exchange, wanted) ?? { kind: 'nak', because: `${wanted} is not yours` };
}

/** RENEWING and REBINDING: the client uses the address already. */
function answerRenewing(exchange: Exchange, ciaddr: Ipv4Address): Answer {
  const { config, leases, key } = exchange;
  const known = leases.find(key);
  if (known === undefined && !config.authoritative) {
    return { kind: 'silence', because: `no record of its lease of ${ciaddr}` };
  }
  if (known !== undefined && known.address !== ciaddr) {
    return { kind: 'nak', because: `${ciaddr} is not yours, ${known.address} is` };
  }
  return bind(exchange, ciaddr) ?? { kind: 'nak', because: `${ciaddr} is not yours` };
}

function bind({ request, leases, key, subnet, now }: Exchange, address: Ipv4Address): Answer | undefined {
  const offered = leases.find(key);
  // The client need not repeat option 51: what was offered holds (RFC 2131 §4.3.1: no conflict with the OFFER).
  const seconds =
    optionData(request, OPTION.leaseTime) === undefined && offered?.state === 'offered'
      ? offered.seconds
      : leaseSecondsFor(request, subnet);
  const lease = leases.bind(key, address, seconds, now);
  return lease === undefined ? undefined : { kind: 'ack', lease };
}
