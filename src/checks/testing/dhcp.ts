/** For tests: DHCP messages as checks see them, made from octets. */
import type { DhcpEvent } from '../../story/event.ts';
import { type Ipv4Address, ipv4, mac } from '../../wire/address.ts';
import {
  buildDhcpMessage,
  type DhcpMessageSpec,
  type OptionToSend,
  type RawOptions,
} from '../../wire/dhcp/build-message.ts';
import { identifyClient } from '../../wire/dhcp/client-identity.ts';
import { BOOTREPLY, BOOTREQUEST, type DhcpMessage, parseDhcpMessage } from '../../wire/dhcp/message.ts';
import { addressesOption } from '../../wire/dhcp/opt-addresses.ts';
import {
  type MessageTypeName,
  messageTypeOf,
  serializeMessageType,
} from '../../wire/dhcp/opt-message-type.ts';
import { u32Option } from '../../wire/dhcp/opt-numbers.ts';
import { textOption } from '../../wire/dhcp/opt-text.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { DhcpReply, DhcpRequest, DhcpSeen } from '../observe.ts';

const CLIENT = mac('00:12:34:56:78:90');
export const SERVER = ipv4('10.188.0.10');
export const ADDRESS = ipv4('10.188.0.66');
const XID = 0x12345678;

export type Message = Partial<Omit<DhcpMessageSpec, 'op' | 'options'>> & {
  readonly type?: MessageTypeName | 'bootp';
  /** Behind 53 (and in replies 54 and 51). */
  readonly options?: readonly (OptionToSend | RawOptions)[];
  /** Of those in front, what is left away. */
  readonly without?: readonly number[];
  readonly ports?: readonly [source: number, destination: number];
};

export const option = (code: number, data: Uint8Array | string): OptionToSend => ({
  code,
  data: typeof data === 'string' ? textOption(data) : data,
});

export const PXE_CLIENT: readonly OptionToSend[] = [
  option(OPTION.vendorClass, 'PXEClient:Arch:00000:UNDI:002001'),
  option(OPTION.clientArchitecture, Uint8Array.of(0, 0)),
  option(OPTION.clientInterface, Uint8Array.of(1, 2, 1)),
  option(OPTION.clientMachineId, Uint8Array.of(0, ...Array(16).fill(7))),
];
export const IPXE_CLIENT: readonly OptionToSend[] = [...PXE_CLIENT, option(OPTION.userClass, 'iPXE')];
export const HTTP_CLIENT: readonly OptionToSend[] = [
  option(OPTION.vendorClass, 'HTTPClient:Arch:00016:UNDI:003001'),
];

/** A client's message: a DISCOVER unless said otherwise. */
export function asked({ type = 'discover', ports = [68, 67], ...spec }: Message = {}, frame = 1): DhcpSeen {
  const options = [...typed(type), ...(spec.options ?? [])];
  return seen({ xid: XID, chaddr: CLIENT, ...spec, options }, BOOTREQUEST, frame, ports);
}

/** The same as checks of clients see it. */
export function request(message: Message = {}, offers: readonly Message[] = []): DhcpRequest {
  const { event, message: read } = asked(message, 2);
  return { event, message: read, type: event.messageType, offers: offers.map((offer) => answered(offer, 1)) };
}

/** An OFFER to a DISCOVER unless said otherwise. */
export function reply(
  message: Message = {},
  question: Message | 'unseen' = {},
  more: { readonly offer?: Message; readonly lastRequest?: Message } = {},
): DhcpReply {
  const { event, message: read } = answered(message, 3);
  const answers = question === 'unseen' ? undefined : asked(question, 2);
  return {
    ...{ event, message: read, type: event.messageType, request: answers },
    lastRequest: more.lastRequest === undefined ? answers : asked(more.lastRequest, 2),
    offer: more.offer === undefined ? undefined : answered(more.offer, 1),
  };
}

function answered(
  { type = 'offer', ports = [67, 68], without = [], ...spec }: Message,
  frame: number,
): DhcpSeen {
  const given = type === 'nak' ? [] : [option(OPTION.leaseTime, u32Option(3600))];
  const defaults = [
    ...typed(type),
    option(OPTION.serverIdentifier, addressesOption(SERVER)),
    ...given,
  ].filter(({ code }) => !without.includes(code));
  const yiaddr: Ipv4Address = type === 'nak' ? ipv4('0.0.0.0') : ADDRESS;
  const options = [...defaults, ...(spec.options ?? [])];
  return seen({ xid: XID, chaddr: CLIENT, yiaddr, ...spec, options }, BOOTREPLY, frame, ports);
}

function typed(type: MessageTypeName | 'bootp'): readonly OptionToSend[] {
  return type === 'bootp' ? [] : [option(OPTION.messageType, serializeMessageType(type))];
}

function seen(
  spec: DhcpMessageSpec,
  op: number,
  frame: number,
  [source, destination]: readonly [number, number],
): DhcpSeen {
  const parsed = parseDhcpMessage(buildDhcpMessage({ ...spec, op }));
  if (!parsed.ok) throw parsed.error;
  const message: DhcpMessage = parsed.value;
  const event: DhcpEvent = {
    ...{ kind: 'dhcp', timeNs: BigInt(frame), endNs: BigInt(frame), stage: 'firmware', frames: [frame] },
    ...{ missing: 0, message, messageType: messageTypeOf(message) ?? 'bootp' },
    direction: op === BOOTREQUEST ? 'from-client' : 'to-client',
    identity: identifyClient(message),
    source: { ip: op === BOOTREQUEST ? ipv4('0.0.0.0') : SERVER, port: source },
    destination: { ip: ipv4('255.255.255.255'), port: destination },
  };
  return { event, message };
}
