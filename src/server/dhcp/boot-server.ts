/**
 * PXE's boot server and redirection service: what comes to port 4011, and boot server discoveries that come to port 67
 * (PXE 2.1 §2.2.3, §2.4.4, §2.4.5, §2.5.1). It gives no addresses and remembers nothing.
 */
import { type Ipv4Address, type MacAddress, parseIpv4, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { buildDhcpMessage } from '../../wire/dhcp/build-message.ts';
import { type ClientIdentity, identifyClient } from '../../wire/dhcp/client-identity.ts';
import type { DhcpMessage } from '../../wire/dhcp/message.ts';
import { addressesOption } from '../../wire/dhcp/opt-addresses.ts';
import { messageTypeOf, serializeMessageType } from '../../wire/dhcp/opt-message-type.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { dhcpEvent } from './about-client.ts';
import { type BootConfig, bootAt, bootOf, type ClientBoot } from './boot-config.ts';
import { isIpxeItself, lastPart } from './boot-name.ts';
import { planBootServerAnswer } from './boot-plan.ts';
import { copied, echoes } from './build-reply.ts';
import { chooseBoot } from './choose-boot.ts';
import { type Destination, SERVER_PORT } from './destination.ts';
import type { Reservation } from './dhcp-config.ts';
import type { DhcpOutput } from './dhcp-io.ts';
import {
  type BootItem,
  bootItemOption,
  itemFile,
  LOCAL_BOOT,
  requestedBootItem,
  SKIP_DISCOVERY,
} from './pxe-options.ts';
import { type Datagram, readRequest } from './read-request.ts';
import { orderOptions } from './reply-options.ts';
import { addressOption } from './request-fields.ts';

export type BootServerConfig = {
  readonly serverAddress: Ipv4Address;
  readonly boot: BootConfig;
  /** Clients that boot something of their own. */
  readonly clients: ReadonlyMap<MacAddress, ClientBoot>;
};

/** The boot server that belongs to a DHCP server or a proxy. */
export function bootServerOf(config: {
  readonly serverAddress: Ipv4Address;
  readonly boot: BootConfig;
  readonly subnets?: readonly { readonly reservations: ReadonlyMap<MacAddress, Reservation> }[];
}): BootServerConfig {
  const clients = new Map<MacAddress, ClientBoot>();
  for (const { reservations } of config.subnets ?? []) {
    for (const [mac, { boot }] of reservations) if (boot !== undefined) clients.set(mac, boot);
  }
  return { serverAddress: config.serverAddress, boot: config.boot, clients };
}

/** The same, as clients on the network of another of this server's addresses see it. */
export function bootServerAt(address: Ipv4Address, config: BootServerConfig): BootServerConfig {
  return { ...config, serverAddress: address, boot: bootAt(address, config) };
}

/** The top bit of 43.71's layer asks for credentials (PXE 2.1 Note 5), which are not served. */
const CREDENTIALS = 0x8000;

type ServedFile = {
  readonly name: string;
  readonly nextServer: Ipv4Address | undefined;
  readonly because: string;
};
type Refusal = { readonly refused: string };

/** Answers one datagram that came to port 4011. Never throws, whatever the bytes. */
export function stepBootServer(config: BootServerConfig, input: Datagram): readonly DhcpOutput[] {
  const read = readRequest(input, 'PXE');
  return 'refused' in read ? read.refused : answerBootServer(read.request, config, input.source);
}

/** By broadcast to port 67 instead of 4011: PXE 2.1 §2.4.4 Table 2-4. It looks like REBINDING (clauses PROXY-009). */
export function isBootServerDiscovery(request: DhcpMessage): boolean {
  return (
    request.ciaddr !== UNSPECIFIED_IPV4 &&
    addressOption(request, OPTION.serverIdentifier) === undefined &&
    addressOption(request, OPTION.requestedAddress) === undefined &&
    requestedBootItem(request) !== undefined
  );
}

/** `source` is where the answer goes: a boot server answers to the port that was asked from (PXE 2.1 §2.2.1 step 6). */
export function answerBootServer(
  request: DhcpMessage,
  config: BootServerConfig,
  source: Datagram['source'],
): readonly DhcpOutput[] {
  const client = identifyClient(request);
  const kind = messageTypeOf(request);
  const silence = (because: string): readonly DhcpOutput[] => [
    dhcpEvent(request, { did: 'silence', because }),
  ];
  // PXE 2.1 §2.5.1.1: only PXE clients, and not UEFI's HTTP clients.
  if (client.vendorClassKind !== 'PXEClient') return silence('no PXE client asks a boot server');
  if (kind !== 'discover' && kind !== 'request' && kind !== 'inform') {
    return silence(`${kind ?? 'BOOTP'} is nothing that a boot server answers`);
  }
  // A client that sends from no address yet has one all the same, or cannot be answered on a routed port.
  const asking = parseIpv4(source.address) ?? UNSPECIFIED_IPV4;
  const address = asking === UNSPECIFIED_IPV4 ? request.ciaddr : asking;
  if (address === UNSPECIFIED_IPV4) return silence('a boot server is asked by a client without an address');

  const boot = bootOf(config.boot, client.mac === undefined ? undefined : config.clients.get(client.mac));
  const item = requestedBootItem(request);
  const file = item === undefined ? defaultFile(client, boot) : fileOfItem(item, client, boot);
  if ('refused' in file) return silence(file.refused);

  const vendorSpecific = item === undefined ? SKIP_DISCOVERY : bootItemOption(item);
  const plan = planBootServerAnswer({ request, boot }, file, vendorSpecific);
  const did = kind === 'discover' ? 'offer' : 'ack';
  const bytes = buildDhcpMessage({
    ...copied(request),
    // Table 2-5: ciaddr is 0, yiaddr the client's address; RFC 2131 §4.3.5 leaves it 0 for INFORM.
    yiaddr:
      kind === 'inform' ? UNSPECIFIED_IPV4 : request.ciaddr === UNSPECIFIED_IPV4 ? address : request.ciaddr,
    // The text of §2.4.5 says null, the table an address: clients read the file from it.
    siaddr: plan.siaddr,
    sname: plan.sname,
    file: plan.file,
    options: orderOptions(request, {
      head: [
        { code: OPTION.messageType, data: serializeMessageType(did) },
        { code: OPTION.serverIdentifier, data: addressesOption(config.serverAddress) },
      ],
      known: plan.options,
      unasked: plan.unasked,
      tail: echoes(request),
      overload: [],
    }),
  });
  return [
    {
      kind: 'send',
      bytes,
      to: destination(request, { address, port: source.port }),
      via: config.serverAddress,
    },
    dhcpEvent(request, { ...{ did, address, file: file.name }, because: `boot server: ${file.because}` }),
  ];
}

/** A broadcast that a relay passed on goes back through it (RFC 2131 §4.1). */
function destination(
  { giaddr }: DhcpMessage,
  client: { readonly address: Ipv4Address; readonly port: number },
): Destination {
  return giaddr === UNSPECIFIED_IPV4
    ? { kind: 'routed', ...client }
    : { kind: 'routed', address: giaddr, port: SERVER_PORT };
}

function defaultFile(client: ClientIdentity, boot: BootConfig): ServedFile | Refusal {
  // An iPXE that lacks something was given its file on port 67, where it is remembered; not a second time here.
  const choice = chooseBoot(client, boot, true);
  return choice.kind === 'none'
    ? { refused: choice.because }
    : { name: choice.name, nextServer: undefined, because: choice.because };
}

/** Table 2-1 tag 8 and Note 6: no answer for types, layers and architectures that there is no file for. */
function fileOfItem(
  { type, layer }: BootItem,
  client: ClientIdentity,
  boot: BootConfig,
): ServedFile | Refusal {
  if ((layer & CREDENTIALS) !== 0) return { refused: 'credentials are asked for, and there are none' };
  if (layer !== 0) return { refused: `boot item layer ${layer} is asked for, and there is only 0` };
  // Type 0 is also PXE's bootstrap server, in the list of types: whoever asks for it wants what is not on a menu.
  if (type === LOCAL_BOOT) return defaultFile(client, boot);
  const item = boot.menu?.items.find((one) => one.type === type && one.server === undefined);
  const name = item === undefined ? undefined : itemFile(item, client.architectures);
  if (item === undefined || name === undefined) {
    const architecture = client.architectures.join(', ') || 'none';
    return { refused: `no boot item of type ${type} for architecture ${architecture}` };
  }
  if (client.isIpxe && isFirmwares(name, boot)) {
    return { refused: `iPXE asks for "${name}", which is iPXE, or what firmware is sent` };
  }
  return { name, nextServer: item.nextServer, because: `item ${type} "${item.text}"` };
}

function isFirmwares(name: string, { files }: BootConfig): boolean {
  return isIpxeItself(name) || [...files.values()].some((file) => lastPart(file) === lastPart(name));
}
