/** A server core with a configuration and a clock, and clients that speak to it: for tests in virtual time. */
import { type Ipv4Address, ipv4, type MacAddress, mac } from '../../../wire/address.ts';
import {
  buildDhcpMessage,
  type DhcpMessageSpec,
  type OptionToSend,
} from '../../../wire/dhcp/build-message.ts';
import { type DhcpMessage, optionData, parseDhcpMessage } from '../../../wire/dhcp/message.ts';
import { addressesOption } from '../../../wire/dhcp/opt-addresses.ts';
import {
  type MessageTypeName,
  messageTypeOf,
  serializeMessageType,
} from '../../../wire/dhcp/opt-message-type.ts';
import { OPTION } from '../../../wire/dhcp/option-codes.ts';
import type { ServerEvent } from '../../event.ts';
import type { BootConfig } from '../boot-config.ts';
import type { Destination } from '../destination.ts';
import type { ConfiguredOptions, DhcpConfig, Subnet } from '../dhcp-config.ts';
import type { DhcpInput, DhcpOutput } from '../dhcp-io.ts';
import { configureDhcp, initialDhcpState } from '../dhcp-state.ts';
import { stepDhcp } from '../step-dhcp.ts';

export const SERVER = ipv4('10.188.0.10');
export const CLIENT = mac('00:12:34:56:78:90');

export const bootConfig: BootConfig = {
  nextServer: SERVER,
  nextServerName: undefined,
  files: new Map([
    [0, 'undionly.kpxe'],
    [7, 'ipxe.efi'],
    [9, 'ipxe.efi'],
    [16, 'http://pxe.example.com/ipxe.efi'],
  ]),
  anyArchitecture: undefined,
  withoutArchitecture: undefined,
  raspberryPi: undefined,
  ipxe: 'http://pxe.example.com/boot1.txt',
  ipxeNeeds: [],
  limitedIpxe: 'chainload',
  noProxyDhcp: true,
  rootPath: undefined,
  keepSan: false,
  skipSanBoot: false,
  inServerField: true,
  inOption66: true,
  inFileField: true,
  inOption67: true,
  longNames: 'option-67',
  pxeOffer: 'plain',
  menu: undefined,
};

export const noOptions: ConfiguredOptions = { values: new Map(), always: new Set() };

export const subnet: Subnet = {
  network: ipv4('10.188.0.0'),
  prefixLength: 24,
  ranges: [{ first: ipv4('10.188.0.60'), last: ipv4('10.188.0.70') }],
  share: undefined,
  reservations: new Map([
    [mac('00:00:00:00:00:99'), { address: ipv4('10.188.0.99'), hostName: 'ninetynine', options: noOptions }],
  ]),
  leaseSeconds: 43_200,
  minLeaseSeconds: 120,
  maxLeaseSeconds: 43_200,
  renewAt: 0.5,
  rebindAt: 0.875,
  routers: [ipv4('10.188.0.1')],
  dnsServers: [ipv4('10.188.0.20')],
  domain: 'example.com',
  options: noOptions,
};

export const dhcpConfig: DhcpConfig = {
  serverAddress: SERVER,
  ownAddresses: new Set([SERVER]),
  authoritative: true,
  leaseKey: 'mac',
  shortMessages: 'answer',
  bootp: 'reserved',
  overload: 'when-needed',
  // Tests of probing switch it on.
  probeAddresses: false,
  relays: undefined,
  leasesPerRemoteId: Number.POSITIVE_INFINITY,
  subnets: [subnet],
  boot: bootConfig,
};

export type Received = {
  readonly type: MessageTypeName | undefined;
  readonly message: DhcpMessage;
  readonly bytes: Uint8Array;
  readonly to: Destination;
  readonly via: Ipv4Address;
};
export type Heard = {
  readonly reply: Received | undefined;
  readonly events: readonly ServerEvent[];
  /** Addresses that the shell is told to ask for. */
  readonly probes: readonly Extract<DhcpOutput, { kind: 'probe' }>[];
};

/** The option's octets, for expectations. */
export const bytesOf = (received: Received | undefined, code: number): readonly number[] | undefined => {
  const data = received === undefined ? undefined : optionData(received.message, code);
  return data === undefined ? undefined : [...data];
};
/** Codes in the order they stand in the reply. */
export const codesOf = (received: Received | undefined): readonly number[] =>
  received?.message.options.map(({ code }) => code) ?? [];

export type ClientFields = Partial<Omit<DhcpMessageSpec, 'options'>> & {
  readonly options?: DhcpMessageSpec['options'];
  /** The server's address on the interface that hears it; SERVER unless said otherwise. */
  readonly via?: Ipv4Address;
};

export function dhcpBench(config: DhcpConfig = dhcpConfig) {
  let state = initialDhcpState(config);
  let now = 1_000_000;

  const take = (input: DhcpInput): Heard => {
    const [next, outputs] = stepDhcp(state, input, now);
    state = next;
    const events = outputs.flatMap((output) => (output.kind === 'event' ? [output.event] : []));
    const probes = outputs.flatMap((output) => (output.kind === 'probe' ? [output] : []));
    const sent = outputs.flatMap((output) => (output.kind === 'send' ? [output] : []));
    const first = sent[0];
    if (first === undefined) return { reply: undefined, events, probes };
    if (sent.length > 1) throw new Error('a server answers one message with one');
    const parsed = parseDhcpMessage(first.bytes);
    if (!parsed.ok) throw parsed.error;
    const message = parsed.value;
    const { bytes, to, via } = first;
    return { reply: { type: messageTypeOf(message), message, bytes, to, via }, events, probes };
  };
  const hear = (bytes: Uint8Array, via = SERVER): Heard =>
    take({ kind: 'datagram', bytes, source: { address: '0.0.0.0', port: 68 }, via });

  const send = (
    type: MessageTypeName | 'bootp',
    { via, options = [], ...header }: ClientFields = {},
  ): Heard => {
    const message = type === 'bootp' ? [] : [{ code: OPTION.messageType, data: serializeMessageType(type) }];
    return hear(
      buildDhcpMessage({ xid: 0x71ceb4, chaddr: CLIENT, ...header, options: [...message, ...options] }),
      via,
    );
  };

  return {
    hear,
    send,
    probed: (address: Ipv4Address, answeredBy?: MacAddress | 'unknown'): Heard =>
      take({ kind: 'probed', address, answeredBy }),
    configure: (next: DhcpConfig): void => {
      state = configureDhcp(state, next);
    },
    discover: (fields?: ClientFields): Received | undefined => send('discover', fields).reply,
    /** SELECTING: 54 and 50. */
    select: (address: Ipv4Address, fields: ClientFields = {}): Received | undefined =>
      send('request', {
        ...fields,
        options: [
          addressOf(OPTION.serverIdentifier, SERVER),
          addressOf(OPTION.requestedAddress, address),
          ...(fields.options ?? []),
        ],
      }).reply,
    /** DISCOVER and REQUEST; the address, which must be acknowledged. */
    dora(fields?: ClientFields): Ipv4Address {
      const offer = this.discover(fields);
      if (offer?.type !== 'offer') throw new Error(`wanted an offer, got ${offer?.type}`);
      const ack = this.select(offer.message.yiaddr, fields);
      if (ack?.type !== 'ack') throw new Error(`wanted an ack, got ${ack?.type}`);
      if (ack.message.yiaddr !== offer.message.yiaddr) throw new Error('the ack differs from the offer');
      return ack.message.yiaddr;
    },
    wait: (ms: number): void => {
      now += ms;
    },
    leases: (at = 0) => [...state.subnets.values()][at]?.leases,
  };
}

export const addressOf = (code: number, address: Ipv4Address): OptionToSend => ({
  code,
  data: addressesOption(address),
});
export const textOf = (code: number, text: string): OptionToSend => ({
  code,
  data: Buffer.from(text, 'latin1'),
});
export const octetsOf = (code: number, ...octets: number[]): OptionToSend => ({
  code,
  data: Uint8Array.from(octets),
});

/** The options of a DISCOVER by which clients are told apart, as captures have them. */
const IPXE_LIST = [1, 3, 6, 7, 12, 15, 17, 43, 60, 66, 67, 119, 128, 129, 175, 203];
export const rom = (architecture: number): OptionToSend[] => [
  octetsOf(OPTION.clientArchitecture, architecture >> 8, architecture & 255),
  textOf(OPTION.vendorClass, `PXEClient:Arch:${String(architecture).padStart(5, '0')}:UNDI:002001`),
  octetsOf(OPTION.parameterRequestList, 1, 3, 6, 12, 15, 28, 43, 60, 66, 67, 97),
];
export const ipxe = (): OptionToSend[] => [
  octetsOf(OPTION.clientArchitecture, 0, 0),
  textOf(OPTION.vendorClass, 'PXEClient:Arch:00000:UNDI:002001'),
  textOf(OPTION.userClass, 'iPXE'),
  octetsOf(OPTION.parameterRequestList, ...IPXE_LIST),
  octetsOf(OPTION.ipxe, 177, 5, 1, 0x80, 0x86, 0x10, 0x0e, 19, 1, 1),
  octetsOf(OPTION.clientIdentifier, 1, 0x00, 0x12, 0x34, 0x56, 0x78, 0x90),
];

/** One of many clients. */
export const numbered = (n: number): MacAddress =>
  mac(`02:00:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`);

/** Option 55. */
export const asking = (...codes: number[]): OptionToSend => octetsOf(OPTION.parameterRequestList, ...codes);

/** The subnet as another one: the same tail of each address. */
export const subnetAt = (prefix: string, changes: Partial<Subnet> = {}): Subnet => ({
  ...subnet,
  network: ipv4(`${prefix}.0`),
  ranges: [{ first: ipv4(`${prefix}.60`), last: ipv4(`${prefix}.70`) }],
  reservations: new Map(),
  routers: [ipv4(`${prefix}.1`)],
  ...changes,
});

/** The address that a reply gives. Throws where there is none. */
export function yiaddrOf(reply: Received | undefined): Ipv4Address {
  if (reply === undefined) throw new Error('wanted a reply');
  return reply.message.yiaddr;
}
