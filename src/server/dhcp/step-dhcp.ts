/**
 * A DHCP server as a function: RFC 2131 §4.3 (DISCOVER, REQUEST, DECLINE, RELEASE, INFORM), RFC 951 (BOOTP). No socket, no
 * clock.
 *
 * Elsewhere: proxyDHCP (step-proxy.ts), port 4011 (boot-server.ts).
 */
import { type Ipv4Address, type MacAddress, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { ethernetMac } from '../../wire/dhcp/client-identity.ts';
import { BOOTREQUEST, type DhcpMessage, parseDhcpMessage } from '../../wire/dhcp/message.ts';
import { messageTypeCode, messageTypeName } from '../../wire/dhcp/opt-message-type.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { ServerEvent } from '../event.ts';
import { type Lease, LeaseTable } from '../leases/lease-table.ts';
import { aboutClient } from './about-client.ts';
import { AddressProbes, needsProbe, type ProbeMeans, type WaitingMessage } from './address-probes.ts';
import { answerBootp, isPlainBootp } from './answer-bootp.ts';
import { answerRequest } from './answer-request.ts';
import { bootAt, needsBootServer } from './boot-config.ts';
import { BootHistory } from './boot-history.ts';
import { answerBootServer, bootServerOf, isBootServerDiscovery } from './boot-server.ts';
import { buildBootpReply } from './build-bootp-reply.ts';
import { buildNak, buildReply, subnetOptions } from './build-reply.ts';
import type { BootChoice } from './choose-boot.ts';
import { clientKey, clientLabel, macKey } from './client-key.ts';
import { type Destination, nakDestination, replyDestination } from './destination.ts';
import type { DhcpConfig, Subnet } from './dhcp-config.ts';
import {
  type Answer,
  type Exchange,
  NO_ADDRESS_LEFT,
  namesThisServer,
  type SubnetState,
} from './exchange.ts';
import { type RelayInformation, readRelayInformation } from './relay-information.ts';
import { type IsHolding, RemoteIdLimit } from './remote-id-limit.ts';
import { addressOption, leaseSecondsFor } from './request-fields.ts';
import { placesOnWire } from './shared-network.ts';
import { chooseSubnet, isInSubnet, type SubnetFinder, subnetFinder } from './subnet-choice.ts';

export type DhcpInput =
  /** A UDP payload that came to port 67. */
  | {
      readonly kind: 'datagram';
      readonly bytes: Uint8Array;
      readonly source: { readonly address: string; readonly port: number };
      /** The server's own address on the interface it came in through. */
      readonly via: Ipv4Address;
    }
  /** What came of a `probe`. */
  | {
      readonly kind: 'probed';
      readonly address: Ipv4Address;
      /** Undefined: silence. `unknown`: somebody whose hardware address is not to be seen from here. */
      readonly answeredBy: MacAddress | 'unknown' | undefined;
    };

export type DhcpOutput =
  /** A lease that changed. What a step sends after it goes out only when the record is durable. */
  | { readonly kind: 'record'; readonly lease: Lease }
  | {
      readonly kind: 'send';
      readonly bytes: Uint8Array;
      readonly to: Destination;
      /** Which of the server's interfaces it leaves through, by its address. */
      readonly via: Ipv4Address;
    }
  /** Somebody is to be asked for at the address; a `probed` follows in half a second at the latest. */
  | {
      readonly kind: 'probe';
      readonly address: Ipv4Address;
      readonly means: ProbeMeans;
      readonly via: Ipv4Address;
    }
  | { readonly kind: 'event'; readonly event: ServerEvent };

/**
 * Belongs to whoever called last: a step changes the lease tables in place, since 50,000 leases cannot be copied for each
 * packet. Use what stepDhcp returns, never the state that went in.
 */
export type DhcpState = {
  readonly config: DhcpConfig;
  readonly subnets: ReadonlyMap<Subnet, SubnetState>;
  readonly boots: BootHistory;
  /** For each subnet that shares its wire with others: all of them, in the configuration's order. */
  readonly shares: ReadonlyMap<Subnet, readonly SubnetState[]>;
  readonly findSubnet: SubnetFinder;
  /** The configuration with another of the server's own addresses as the one that clients are told. */
  readonly configAt: ReadonlyMap<Ipv4Address, DhcpConfig>;
  readonly probes: AddressProbes;
  readonly remoteIds: RemoteIdLimit;
  /** Leases of addresses that may not be given under this configuration: kept, since another one may have them again. */
  readonly unused: readonly Lease[];
};

/** RFC 1542 §2.1: a BOOTP message of 236 octets and a vendor field of 64. */
const LEAST_OCTETS = 300;
/** How long an address is held for an offer: EDK2 collects offers for 4 s, and its REQUEST may be repeated until 28 s. */
const OFFER_HOLD_MS = 30_000;
const DECLINE_HOLD_MS = 10 * 60_000;

/** `leases`: what is known from before, on the clock of `now`; a later one of the same client or address counts. */
export function initialDhcpState(
  config: DhcpConfig,
  leases: Iterable<Lease> = [],
  boots = new BootHistory(),
): DhcpState {
  const subnets = config.subnets.map((subnet): [Subnet, SubnetState] => {
    const leases = new LeaseTable({
      ranges: subnet.ranges,
      excluded: [...config.ownAddresses, ...subnet.routers, ...subnet.dnsServers, config.boot.nextServer],
      reservations: new Map(Array.from(subnet.reservations, ([mac, { address }]) => [macKey(mac), address])),
      offerHoldMs: OFFER_HOLD_MS,
      declineHoldMs: DECLINE_HOLD_MS,
    });
    const ownAddress = [config.serverAddress, ...config.ownAddresses].find((own) => isInSubnet(own, subnet));
    return [subnet, { subnet, leases, options: subnetOptions(subnet), ownAddress }];
  });
  const states = new Map(subnets);
  const sharing = (share: string): readonly SubnetState[] =>
    [...states.values()].filter(({ subnet }) => subnet.share === share);
  const unused: Lease[] = [];
  for (const lease of leases) {
    if (!subnets.some(([, subnet]) => subnet.leases.restore(lease))) unused.push(lease);
  }
  return {
    config,
    subnets: states,
    unused,
    shares: new Map(
      config.subnets.flatMap((one) => (one.share === undefined ? [] : [[one, sharing(one.share)]])),
    ),
    findSubnet: subnetFinder(config.subnets),
    configAt: new Map(Array.from(config.ownAddresses, (own) => [own, configAt(own, config)])),
    probes: new AddressProbes(),
    remoteIds: new RemoteIdLimit(config.leasesPerRemoteId),
    boots,
  };
}

/**
 * RFC 2131 §4.1: the server identifier is an address "appropriate" for the client's network. Where this server is also the
 * next server, it is so by the same address.
 */
function configAt(serverAddress: Ipv4Address, config: DhcpConfig): DhcpConfig {
  return { ...config, serverAddress, boot: bootAt(serverAddress, config) };
}

/** The state under another configuration: leases stay, and hold where their addresses may be given. */
export function configureDhcp(state: DhcpState, config: DhcpConfig): DhcpState {
  const known = [...state.subnets.values()].flatMap(({ leases }) => [...leases.all()]);
  return { ...initialDhcpState(config, [...state.unused, ...known], state.boots), probes: state.probes };
}

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
    event(parsed.value, { did: 'conflict', address, because }),
    ...(AddressProbes.mayTryAgain(conflicts)
      ? answerDatagram(state, waiting.message, now, { cleared: undefined, conflicts })
      : [event(parsed.value, { did: 'silence', because: `${conflicts} addresses were taken` })]),
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
    return [event(request, { did: 'silence', because: `${request.giaddr} is none of the relays` })];
  }

  if (isBootServerDiscovery(request)) {
    return answerDiscovery(request, state.configAt.get(input.via) ?? state.config, input);
  }
  const relay = readRelayInformation(request);
  const subnet = chooseSubnet(request, relay, input.via, state.findSubnet);
  const own = subnet && state.subnets.get(subnet);
  if (own === undefined) return [event(request, { did: 'silence', because: 'no subnet for it' })];
  const mac = ethernetMac(request);
  const key = clientKey(request, state.config.leaseKey);
  if (key === undefined) {
    const because = 'neither a hardware address nor option 61';
    return [event(request, { did: 'silence', because })];
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
      config: configFor(state, ownAddress ?? input.via, relay),
    };
    const answered = answerWithinLimit(exchange, state.remoteIds);
    if (answered === NO_ADDRESS_LEFT && at + 1 < places.length) continue;
    return answered.kind === 'probe'
      ? probe(exchange, answered.lease, input, probed.conflicts)
      : outputs(exchange, answered);
  }
  return [];
}

/** Without a list, a relay is whoever is in a subnet: a reply to any other giaddr would make a reflector of the server. */
function isRelay(giaddr: Ipv4Address, { config, findSubnet }: DhcpState): boolean {
  return config.relays === undefined ? findSubnet(giaddr) !== undefined : config.relays.has(giaddr);
}

function configFor(
  { config, configAt }: DhcpState,
  serverAddress: Ipv4Address,
  { serverOverride }: RelayInformation,
): DhcpConfig {
  const seen = configAt.get(serverAddress) ?? config;
  return serverOverride === undefined ? seen : { ...seen, serverAddress: serverOverride };
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
    return answer(exchange);
  const isHolding: IsHolding = (client) => (leases.find(client)?.until ?? 0) > now;
  const isNew = exchange.reservation === undefined && !isHolding(key);
  if (isNew && !limit.admits(remoteId, key, isHolding)) {
    return {
      kind: 'silence',
      because: `remote id ${remoteId} has its ${config.leasesPerRemoteId} addresses`,
    };
  }
  const answered = answer(exchange);
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
        event(request, {
          did: 'silence',
          because: 'a PXE boot server discovery, and there is no boot server',
        }),
      ];
}

function answer(exchange: Exchange): Answer {
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

function outputs(exchange: Exchange, answered: Exclude<Answer, { kind: 'probe' }>): readonly DhcpOutput[] {
  const { request, config, subnet, subnetOptions, reservation, via, boots, now } = exchange;
  switch (answered.kind) {
    case 'silence':
      return [event(request, { did: 'silence', because: answered.because })];
    case 'released':
    case 'declined':
      return [
        { kind: 'record', lease: answered.lease },
        event(request, { did: answered.kind, address: answered.lease.address }),
      ];
    case 'nak':
      return [
        {
          kind: 'send',
          bytes: buildNak(request, config, answered.because),
          to: nakDestination(request),
          via,
        },
        event(request, { did: 'nak', because: answered.because }),
      ];
    case 'bootp': {
      const { yiaddr, lease } = answered;
      const { bytes, boot } = buildBootpReply({
        request,
        config,
        subnet,
        subnetOptions,
        reservation,
        yiaddr,
      });
      return [
        ...(lease === undefined ? [] : [{ kind: 'record', lease } as const]),
        { kind: 'send', bytes, to: replyDestination(request, yiaddr ?? UNSPECIFIED_IPV4), via },
        event(request, {
          did: 'bootp',
          address: yiaddr ?? request.ciaddr,
          ...(boot.kind === 'file' ? { file: boot.name } : {}),
          because: boot.because,
        }),
      ];
    }
    case 'inform-ack':
    case 'offer':
    case 'ack': {
      const cameBack = boots.cameBack(request, now);
      const common = { request, config, subnet, subnetOptions, reservation, cameBack };
      const isInform = answered.kind === 'inform-ack';
      const yiaddr = isInform ? UNSPECIFIED_IPV4 : answered.lease.address;
      const { bytes, boot } = buildReply(
        isInform
          ? { ...common, type: 'inform-ack' }
          : { ...common, type: answered.kind, yiaddr, leaseSeconds: answered.lease.seconds },
      );
      return [
        ...(answered.kind === 'ack' ? [{ kind: 'record', lease: answered.lease } as const] : []),
        { kind: 'send', bytes, to: replyDestination(request, yiaddr), via },
        event(request, {
          did: isInform ? 'ack' : answered.kind,
          address: isInform ? request.ciaddr : yiaddr,
          ...(boot.kind === 'file' ? { file: boot.name } : {}),
          because: boot.because,
        }),
        ...bootLoop(exchange, answered.kind, boot),
      ];
    }
    default:
      return answered satisfies never;
  }
}

function bootLoop(
  { request, boots, now }: Exchange,
  kind: 'offer' | 'ack' | 'inform-ack',
  boot: BootChoice,
): readonly DhcpOutput[] {
  if (kind === 'inform-ack') return [];
  const event = boots.note(kind === 'offer' ? 'offer' : 'request', request, boot, now);
  return event === undefined ? [] : [{ kind: 'event', event }];
}

type DhcpEvent = Extract<ServerEvent, { stage: 'dhcp' }>;

function event(request: DhcpMessage, said: Omit<DhcpEvent, 'stage' | 'client'>): DhcpOutput {
  return {
    kind: 'event',
    event: { stage: 'dhcp', client: clientLabel(request), ...aboutClient(request), ...said },
  };
}

function badInput({ source }: WaitingMessage, because: string): DhcpOutput {
  return { kind: 'event', event: { stage: 'bad-input', protocol: 'DHCP', client: source.address, because } };
}
