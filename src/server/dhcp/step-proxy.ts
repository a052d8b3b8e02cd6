/**
 * A proxyDHCP server as a function: it stands beside somebody else's DHCP server and adds what to boot (PXE 2.1 §2.2.3,
 * §2.5.1.1). It gives no addresses, and answers DISCOVER only: what goes on follows on port 4011 (boot-server.ts).
 */
import { type Ipv4Address, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { buildDhcpMessage } from '../../wire/dhcp/build-message.ts';
import { type ClientIdentity, identifyClient } from '../../wire/dhcp/client-identity.ts';
import { BROADCAST_FLAG, type DhcpMessage } from '../../wire/dhcp/message.ts';
import { addressesOption } from '../../wire/dhcp/opt-addresses.ts';
import { messageTypeOf, serializeMessageType } from '../../wire/dhcp/opt-message-type.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { ServerEvent } from '../event.ts';
import { dhcpEvent } from './about-client.ts';
import type { BootConfig } from './boot-config.ts';
import { BootHistory } from './boot-history.ts';
import { type BootPlan, planBoot } from './boot-plan.ts';
import { answerBootServer, bootServerOf, isBootServerDiscovery } from './boot-server.ts';
import { copied, echoes } from './build-reply.ts';
import { type BootChoice, chooseBoot } from './choose-boot.ts';
import { replyDestination } from './destination.ts';
import type { DhcpOutput } from './dhcp-io.ts';
import { type Datagram, readRequest } from './read-request.ts';
import { orderOptions } from './reply-options.ts';
import { addressOption } from './request-fields.ts';

export type ProxyConfig = {
  /** Option 54. */
  readonly serverAddress: Ipv4Address;
  readonly boot: BootConfig;
};

/** A step changes the history in place. */
export type ProxyState = { readonly config: ProxyConfig; readonly boots: BootHistory };

export function initialProxyState(config: ProxyConfig, boots = new BootHistory()): ProxyState {
  return { config, boots };
}

/** `now` in milliseconds on any clock that does not go back. Never throws, whatever the bytes. */
export function stepProxy(state: ProxyState, input: Datagram, now: number): readonly DhcpOutput[] {
  const read = readRequest(input, 'DHCP');
  if ('refused' in read) return read.refused;
  const { request } = read;
  const client = identifyClient(request);
  // Everybody else on the network is the DHCP server's affair (clauses PROXY-002), and not worth a line.
  if (client.vendorClassKind === 'other') return [];
  switch (messageTypeOf(request)) {
    case 'discover':
      return answerDiscover(state, request, client, now);
    case 'request':
      return hearRequest(state, request, client, input, now);
    default:
      return [];
  }
}

function answerDiscover(
  { config, boots }: ProxyState,
  request: DhcpMessage,
  client: ClientIdentity,
  now: number,
): readonly DhcpOutput[] {
  const { boot, serverAddress } = config;
  const choice = chooseBoot(client, boot, boots.cameBack(request, now));
  const plan = planBoot({ request, client, choice, boot, serverAddress, service: 'proxy' });
  const loop = boots.note('offer', request, choice, now);
  // Without option 60 there is nothing in it that a client takes from a proxy.
  if (!plan.unasked.has(OPTION.vendorClass)) {
    return [dhcpEvent(request, { did: 'silence', because: choice.because }), ...eventOf(loop)];
  }
  return [
    {
      kind: 'send',
      bytes: buildOffer(request, config, plan),
      // A relay is sent to as ever (clauses PROXY-011); a client without an address by broadcast.
      to: replyDestination(request, UNSPECIFIED_IPV4),
      via: serverAddress,
    },
    dhcpEvent(request, { did: 'offer', ...fileOf(choice), because: `proxy: ${choice.because}` }),
    ...eventOf(loop),
  ];
}

/** PXE 2.1 §2.2.1 step 2 and Table 2-3: no address, no lease, no network; 54, 60, the echoes, and 43 or a file. */
function buildOffer(request: DhcpMessage, { serverAddress }: ProxyConfig, plan: BootPlan): Uint8Array {
  const relayed = request.giaddr !== UNSPECIFIED_IPV4;
  return buildDhcpMessage({
    ...copied(request),
    // A relay sends to yiaddr, and here is none: only the broadcast bit lets the client have it (RFC 1542 §4.1.2).
    flags: relayed ? request.flags | BROADCAST_FLAG : request.flags,
    siaddr: plan.siaddr,
    sname: plan.sname,
    file: plan.file,
    options: orderOptions(request, {
      head: [
        { code: OPTION.messageType, data: serializeMessageType('offer') },
        { code: OPTION.serverIdentifier, data: addressesOption(serverAddress) },
      ],
      known: plan.options,
      unasked: plan.unasked,
      tail: echoes(request),
      overload: [],
    }),
  });
}

/** What is asked of the DHCP server is heard, and not answered (clauses PROXY-003). */
function hearRequest(
  { config, boots }: ProxyState,
  request: DhcpMessage,
  client: ClientIdentity,
  { source }: Datagram,
  now: number,
): readonly DhcpOutput[] {
  if (isBootServerDiscovery(request)) return answerBootServer(request, bootServerOf(config), source);
  const choice = chooseBoot(client, config.boot, boots.cameBack(request, now));
  const server = addressOption(request, OPTION.serverIdentifier);
  const address = addressOption(request, OPTION.requestedAddress);
  return [
    dhcpEvent(request, {
      did: 'silence',
      ...(server === undefined || address === undefined ? {} : { address }),
      because: server === undefined ? 'it asks for its address' : `it takes its address from ${server}`,
    }),
    ...eventOf(boots.note('request', request, choice, now)),
  ];
}

function fileOf(choice: BootChoice): { readonly file?: string } {
  return choice.kind === 'file' ? { file: choice.name } : {};
}

function eventOf(loop: ServerEvent | undefined): readonly DhcpOutput[] {
  return loop === undefined ? [] : [{ kind: 'event', event: loop }];
}
