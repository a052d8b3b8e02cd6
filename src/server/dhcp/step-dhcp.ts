/**
 * A DHCP server as a function: RFC 2131 §4.3 (DISCOVER, REQUEST, DECLINE, RELEASE, INFORM). No socket, no clock.
 *
 * Not handled yet: BOOTP without option 53 (RFC 1534 §2 lets a server drop it), address probing. Elsewhere: proxyDHCP
 * (step-proxy.ts), port 4011 (boot-server.ts).
 */
import { parseMac, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { BOOTREQUEST, type DhcpMessage, parseDhcpMessage } from '../../wire/dhcp/message.ts';
import { messageTypeOf } from '../../wire/dhcp/opt-message-type.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { ServerEvent } from '../event.ts';
import { type Lease, LeaseTable } from '../leases/lease-table.ts';
import { answerRequest } from './answer-request.ts';
import { needsBootServer } from './boot-config.ts';
import { BootHistory } from './boot-history.ts';
import { answerBootServer, bootServerOf, isBootServerDiscovery } from './boot-server.ts';
import { buildNak, buildReply, subnetOptions } from './build-reply.ts';
import type { BootChoice } from './choose-boot.ts';
import { clientKey, clientLabel, macKey } from './client-key.ts';
import { type Destination, nakDestination, replyDestination } from './destination.ts';
import type { DhcpConfig, Subnet } from './dhcp-config.ts';
import type { Answer, Exchange } from './exchange.ts';
import { addressOption, leaseSecondsFor } from './request-fields.ts';
import { chooseSubnet } from './subnet-choice.ts';

/** A UDP payload that came to port 67. */
export type DhcpInput = {
  readonly bytes: Uint8Array;
  readonly source: { readonly address: string; readonly port: number };
};

export type DhcpOutput =
  /** A lease that changed. What a step sends after it goes out only when the record is durable. */
  | { readonly kind: 'record'; readonly lease: Lease }
  | { readonly kind: 'send'; readonly bytes: Uint8Array; readonly to: Destination }
  | { readonly kind: 'event'; readonly event: ServerEvent };

export type SubnetState = {
  readonly leases: LeaseTable;
  readonly options: ReadonlyMap<number, Uint8Array>;
};

/**
 * Belongs to whoever called last: a step changes the lease tables in place, since 50,000 leases cannot be copied for each
 * packet. Use what stepDhcp returns, never the state that went in.
 */
export type DhcpState = {
  readonly config: DhcpConfig;
  readonly subnets: ReadonlyMap<Subnet, SubnetState>;
  readonly boots: BootHistory;
};

/** RFC 1542 §2.1: a BOOTP message of 236 octets and a vendor field of 64. */
const LEAST_OCTETS = 300;
/** How long an address is held for an offer: EDK2 collects offers for 4 s, and its REQUEST may be repeated until 28 s. */
const OFFER_HOLD_MS = 30_000;
const DECLINE_HOLD_MS = 10 * 60_000;

export function initialDhcpState(config: DhcpConfig, boots = new BootHistory()): DhcpState {
  const subnets = config.subnets.map((subnet): [Subnet, SubnetState] => {
    const leases = new LeaseTable({
      ranges: subnet.ranges,
      excluded: [...config.ownAddresses, ...subnet.routers, ...subnet.dnsServers, config.boot.nextServer],
      reservations: new Map(Array.from(subnet.reservations, ([mac, { address }]) => [macKey(mac), address])),
      offerHoldMs: OFFER_HOLD_MS,
      declineHoldMs: DECLINE_HOLD_MS,
    });
    return [subnet, { leases, options: subnetOptions(subnet) }];
  });
  return { config, subnets: new Map(subnets), boots };
}

/** The state under another configuration: leases stay where their addresses may still be given. */
export function configureDhcp(state: DhcpState, config: DhcpConfig): DhcpState {
  const next = initialDhcpState(config, state.boots);
  for (const { leases } of state.subnets.values()) {
    for (const lease of leases.all()) {
      for (const subnet of next.subnets.values()) if (subnet.leases.restore(lease)) break;
    }
  }
  return next;
}

/** `now` in milliseconds on any clock that does not go back. Never throws, whatever the bytes. */
export function stepDhcp(
  state: DhcpState,
  input: DhcpInput,
  now: number,
): readonly [DhcpState, readonly DhcpOutput[]] {
  const parsed = parseDhcpMessage(input.bytes);
  if (!parsed.ok) return [state, [badInput(input, parsed.error.message)]];
  const request = parsed.value;
  if (input.bytes.length < LEAST_OCTETS && state.config.shortMessages === 'discard') {
    return [state, [badInput(input, `${input.bytes.length} octets, wanted at least ${LEAST_OCTETS}`)]];
  }
  if (request.op !== BOOTREQUEST) return [state, [badInput(input, `op ${request.op} is no request`)]];
  if (!request.cookie) return [state, [badInput(input, 'no magic cookie')]];

  if (isBootServerDiscovery(request)) return [state, answerDiscovery(request, state.config, input)];
  const key = clientKey(request, state.config.leaseKey);
  const subnet = chooseSubnet(request, state.config);
  const own = subnet === undefined ? undefined : state.subnets.get(subnet);
  if (key === undefined || subnet === undefined || own === undefined) {
    const because = key === undefined ? 'neither a hardware address nor option 61' : 'no subnet for it';
    return [state, [event(request, { did: 'silence', because })]];
  }
  const { leases, options: subnetOptions } = own;
  const { config, boots } = state;
  const exchange: Exchange = { request, config, subnet, subnetOptions, leases, boots, key, now };
  return [state, outputs(exchange, answer(exchange))];
}

/** Not a rebinding, though it looks like one: the lease is left as it is (clauses PROXY-009). */
function answerDiscovery(
  request: DhcpMessage,
  config: DhcpConfig,
  { source }: DhcpInput,
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
  const kind = messageTypeOf(exchange.request);
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
      return { kind: 'silence', because: 'BOOTP, or a message type servers do not handle' };
    default:
      return { kind: 'silence', because: `${kind} is a server's message` };
  }
}

function answerDiscover({ request, leases, key, subnet, now }: Exchange): Answer {
  const asked = addressOption(request, OPTION.requestedAddress);
  const lease = leases.offer(key, asked, leaseSecondsFor(request, subnet), now);
  if (lease === undefined) return { kind: 'silence', because: 'no address is free' };
  return { kind: 'offer', lease };
}

/** RFC 2131 §4.3.3. Only the client that has the address can take it out of use (clauses SEC-009). */
function answerDecline({ request, leases, key, config, now }: Exchange): Answer {
  const address = addressOption(request, OPTION.requestedAddress);
  if (address === undefined || !isForUs(request, config))
    return { kind: 'silence', because: 'DECLINE not for us' };
  const lease = leases.decline(key, address, now);
  return lease === undefined
    ? { kind: 'silence', because: `DECLINE of ${address}, which is not its own, or one too many` }
    : { kind: 'declined', lease };
}

/** RFC 2131 §4.3.4. */
function answerRelease({ request, leases, key, config, now }: Exchange): Answer {
  const address = request.ciaddr;
  if (!isForUs(request, config)) return { kind: 'silence', because: 'RELEASE not for us' };
  const lease = leases.release(key, address, now);
  return lease === undefined
    ? { kind: 'silence', because: `RELEASE of ${address}, which is not its own` }
    : { kind: 'released', lease };
}

function isForUs(request: DhcpMessage, config: DhcpConfig): boolean {
  const server = addressOption(request, OPTION.serverIdentifier);
  return server === undefined || config.ownAddresses.has(server);
}

function outputs(exchange: Exchange, answered: Answer): readonly DhcpOutput[] {
  const { request, config, subnet, subnetOptions, boots, now } = exchange;
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
        { kind: 'send', bytes: buildNak(request, config, answered.because), to: nakDestination(request) },
        event(request, { did: 'nak', because: answered.because }),
      ];
    case 'inform-ack':
    case 'offer':
    case 'ack': {
      const reservation = reservationOf(request, subnet);
      const cameBack = boots.cameBack(request, now);
      const common = { request, config, subnetOptions, reservation, cameBack };
      const isInform = answered.kind === 'inform-ack';
      const yiaddr = isInform ? UNSPECIFIED_IPV4 : answered.lease.address;
      const { bytes, boot } = buildReply(
        isInform
          ? { ...common, type: 'inform-ack' }
          : { ...common, type: answered.kind, yiaddr, leaseSeconds: answered.lease.seconds },
      );
      return [
        ...(answered.kind === 'ack' ? [{ kind: 'record', lease: answered.lease } as const] : []),
        { kind: 'send', bytes, to: replyDestination(request, yiaddr) },
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

function reservationOf(request: DhcpMessage, subnet: Subnet) {
  const mac = request.hlen === 6 ? parseMac(clientLabel(request)) : undefined;
  return mac === undefined ? undefined : subnet.reservations.get(mac);
}

type DhcpEvent = Extract<ServerEvent, { stage: 'dhcp' }>;

function event(request: DhcpMessage, said: Omit<DhcpEvent, 'stage' | 'client'>): DhcpOutput {
  return { kind: 'event', event: { stage: 'dhcp', client: clientLabel(request), ...said } };
}

function badInput({ source }: DhcpInput, because: string): DhcpOutput {
  return { kind: 'event', event: { stage: 'bad-input', protocol: 'DHCP', client: source.address, because } };
}
