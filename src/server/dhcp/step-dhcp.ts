/**
 * A DHCP server as a function: RFC 2131 §4.3 (DISCOVER, REQUEST, DECLINE, RELEASE, INFORM), RFC 951 (BOOTP). No socket, no
 * clock.
 *
 * Elsewhere: proxyDHCP (step-proxy.ts), port 4011 (boot-server.ts).
 */
import { type Ipv4Address, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { ethernetMac } from '../../wire/dhcp/client-identity.ts';
import { BOOTREQUEST, type DhcpMessage, parseDhcpMessage } from '../../wire/dhcp/message.ts';
import type { Lease } from '../leases/lease-table.ts';
import { dhcpEvent } from './about-client.ts';
import { AddressProbes, type WaitingMessage } from './address-probes.ts';
import { isPlainBootp } from './answer-bootp.ts';
import { answerMessage } from './answer-message.ts';
import { needsBootServer } from './boot-config.ts';
import { answerBootServer, bootServerOf, isBootServerDiscovery } from './boot-server.ts';
import { badInput, carryOut } from './carry-out.ts';
import { clientKey, macKey } from './client-key.ts';
import type { DhcpConfig } from './dhcp-config.ts';
import type { DhcpInput, DhcpOutput } from './dhcp-io.ts';
import { type DhcpState, isRelay } from './dhcp-state.ts';
import { type Answer, type Exchange, NO_ADDRESS_LEFT } from './exchange.ts';
import { readRelayInformation } from './relay-information.ts';
import type { IsHolding, RemoteIdLimit } from './remote-id-limit.ts';
import { placesOnWire } from './shared-network.ts';
import { chooseSubnet } from './subnet-choice.ts';

/** RFC 1542 §2.1: a BOOTP message of 236 octets and a vendor field of 64. */
const LEAST_OCTETS = 300;

/** `now` in milliseconds on any clock that does not go back. Never throws, whatever the bytes. */
export function stepDhcp(
  state: DhcpState,
  input: DhcpInput,
  now: number,
): readonly [DhcpState, readonly DhcpOutput[]] {
  switch (input.kind) {
    case 'datagram':
      return [state, answerDatagram(state, input, now, FIRST_TRY)];
    case 'probed':
      return [state, goOnAfterProbe(state, input, now)];
    default:
      return input satisfies never;
  }
}

/** What is known about the addresses that a message was held back for. */
type Probed = { readonly cleared: Ipv4Address | undefined; readonly conflicts: number };
const FIRST_TRY: Probed = { cleared: undefined, conflicts: 0 };

function goOnAfterProbe(
  state: DhcpState,
  { address, answeredBy }: Extract<DhcpInput, { kind: 'probed' }>,
  now: number,
): readonly DhcpOutput[] {
  const waiting = state.probes.take(address);
  if (waiting === undefined) return [];
  const parsed = parseDhcpMessage(waiting.message.bytes);
  const isClient = parsed.ok && answeredBy === ethernetMac(parsed.value);
  if (answeredBy === undefined || isClient) {
    return answerDatagram(state, waiting.message, now, { ...waiting, cleared: address });
  }
  const subnet = state.findSubnet(address);
  const lease = subnet && state.subnets.get(subnet)?.leases.takeOut(address, now);
  if (lease === undefined || !parsed.ok) return [];
  const because = `${answeredBy === 'unknown' ? 'somebody' : answeredBy} answers there without a lease`;
  const conflicts = waiting.conflicts + 1;
  return [
    { kind: 'record', lease },
    dhcpEvent(parsed.value, { did: 'conflict', address, because }),
    ...(AddressProbes.mayTryAgain(conflicts)
      ? answerDatagram(state, waiting.message, now, { cleared: undefined, conflicts })
      : [dhcpEvent(parsed.value, { did: 'silence', because: `${conflicts} addresses were taken` })]),
  ];
}

function answerDatagram(
  state: DhcpState,
  input: WaitingMessage,
  now: number,
  probed: Probed,
): readonly DhcpOutput[] {
  const parsed = parseDhcpMessage(input.bytes);
  if (!parsed.ok) return [badInput(input, parsed.error.message)];
  const request = parsed.value;
  if (input.bytes.length < LEAST_OCTETS && state.config.shortMessages === 'discard') {
    return [badInput(input, `${input.bytes.length} octets, wanted at least ${LEAST_OCTETS}`)];
  }
  if (request.op !== BOOTREQUEST) return [badInput(input, `op ${request.op} is no request`)];
  if (!request.cookie && !isPlainBootp(request)) return [badInput(input, 'no magic cookie')];
  if (request.giaddr !== UNSPECIFIED_IPV4 && !isRelay(request.giaddr, state)) {
    return [dhcpEvent(request, { did: 'silence', because: `${request.giaddr} is none of the relays` })];
  }

  if (isBootServerDiscovery(request)) {
    return answerDiscovery(request, state.configAt.get(input.via) ?? state.config, input);
  }
  const relay = readRelayInformation(request);
  const subnet = chooseSubnet(request, relay, input.via, state.findSubnet);
  const own = subnet && state.subnets.get(subnet);
  if (own === undefined) return [dhcpEvent(request, { did: 'silence', because: 'no subnet for it' })];
  const mac = ethernetMac(request);
  const key = clientKey(request, state.config.leaseKey);
  if (key === undefined) {
    const because = 'neither a hardware address nor option 61';
    return [dhcpEvent(request, { did: 'silence', because })];
  }
  const { probes, boots } = state;
  const common = { request, now, via: input.via, relay, boots, probes, cleared: probed.cleared };
  const wire = state.shares.get(own.subnet);
  const places = wire === undefined ? [own] : placesOnWire(wire, own, request, { key, mac, now });
  for (const [at, { subnet, leases, options, ownAddress }] of places.entries()) {
    // A reservation is the machine's by its MAC address, whatever else leases hang on.
    const reservation = mac === undefined ? undefined : subnet.reservations.get(mac);
    const exchange: Exchange = {
      ...common,
      subnet,
      leases,
      reservation,
      subnetOptions: options,
      key: mac !== undefined && reservation !== undefined ? macKey(mac) : key,
      config: state.configAt.get(ownAddress ?? input.via) ?? state.config,
    };
    const answered = answerWithinLimit(exchange, state.remoteIds);
    if (answered === NO_ADDRESS_LEFT && at + 1 < places.length) continue;
    return answered.kind === 'probe'
      ? probe(exchange, answered.lease, input, probed.conflicts)
      : carryOut(exchange, answered);
  }
  return [];
}

/** The address is held meanwhile. A client that asks again while it is asked for is answered once, its newer message. */
function probe(
  { request, via, probes, now }: Exchange,
  { address }: Lease,
  message: WaitingMessage,
  conflicts: number,
): readonly DhcpOutput[] {
  if (!probes.wait(address, message, conflicts, now)) return [];
  return [{ kind: 'probe', address, means: request.giaddr === UNSPECIFIED_IPV4 ? 'arp' : 'icmp', via }];
}

/** RFC 3046 §4: those behind one remote id that have an address, or a reservation, are served whatever the others do. */
function answerWithinLimit(exchange: Exchange, limit: RemoteIdLimit): Answer {
  const { config, relay, leases, key, now } = exchange;
  const { remoteId } = relay;
  if (remoteId === undefined || config.leasesPerRemoteId === Number.POSITIVE_INFINITY)
    return answerMessage(exchange);
  const isHolding: IsHolding = (client) => (leases.find(client)?.until ?? 0) > now;
  const isNew = exchange.reservation === undefined && !isHolding(key);
  if (isNew && !limit.admits(remoteId, key, isHolding)) {
    return {
      kind: 'silence',
      because: `remote id ${remoteId} has its ${config.leasesPerRemoteId} addresses`,
    };
  }
  const answered = answerMessage(exchange);
  if (isNew && isHolding(key)) limit.count(remoteId, key, isHolding);
  return answered;
}

/** Not a rebinding, though it looks like one: the lease is left as it is (clauses PROXY-009). */
function answerDiscovery(
  request: DhcpMessage,
  config: DhcpConfig,
  { source }: WaitingMessage,
): readonly DhcpOutput[] {
  return needsBootServer(config.boot)
    ? answerBootServer(request, bootServerOf(config), source)
    : [
        dhcpEvent(request, {
          did: 'silence',
          because: 'a PXE boot server discovery, and there is no boot server',
        }),
      ];
}
