/** OFFER, ACK and NAK: RFC 2131 §4.3.1 Table 3, RFC 6842 §3 (61 echoed), RFC 3046 §2.2 (82), RFC 4578 §2.3 (97). */
import { type Ipv4Address, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { buildDhcpMessage, type OptionToSend } from '../../wire/dhcp/build-message.ts';
import { type ClientIdentity, identifyClient } from '../../wire/dhcp/client-identity.ts';
import { BOOTREPLY, BROADCAST_FLAG, type DhcpMessage, optionData } from '../../wire/dhcp/message.ts';
import { addressesOption } from '../../wire/dhcp/opt-addresses.ts';
import { serializeMessageType } from '../../wire/dhcp/opt-message-type.ts';
import { INFINITE_LEASE, u32Option } from '../../wire/dhcp/opt-numbers.ts';
import { textOption } from '../../wire/dhcp/opt-text.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { type BootChoice, chooseBoot, placeBootName } from './choose-boot.ts';
import type { DhcpConfig, Reservation, Subnet } from './dhcp-config.ts';
import { type OverloadArea, orderOptions, requestedCodes } from './reply-options.ts';
import { broadcastAddress, subnetMask } from './subnet-choice.ts';

/** Option 43 that says only: 43.6 discovery control, bit 3, take the boot file and discover nothing; PXE_END. */
const SKIP_DISCOVERY = Uint8Array.of(6, 1, 8, 255);
/** Option 175 that says only: 175.176, no-pxedhcp. */
const NO_PXEDHCP = Uint8Array.of(176, 1, 1);
/** RFC 4578 §2.3: type 0 and 16 octets. Anything else is not echoed (clauses PXE-003). */
const MACHINE_ID_OCTETS = 17;
/** RFC 2131 §4.4.5: what a client takes for T1 and T2 that is told nothing. */
const DEFAULT_T1 = 0.5;
const DEFAULT_T2 = 0.875;
/** What one option holds: RFC 2132 §2. */
const OPTION_OCTETS = 255;
const NO_AREAS: readonly OverloadArea[] = [];
const BOTH_AREAS: readonly OverloadArea[] = ['file', 'sname'];
const SNAME_ONLY: readonly OverloadArea[] = ['sname'];

export type ReplySpec = {
  readonly request: DhcpMessage;
  readonly config: DhcpConfig;
  readonly subnet: Subnet;
  readonly subnetOptions: ReadonlyMap<number, Uint8Array>;
  readonly reservation: Reservation | undefined;
} & (
  | { readonly type: 'offer' | 'ack'; readonly yiaddr: Ipv4Address; readonly leaseSeconds: number }
  /** The answer to INFORM: no address, no lease times (RFC 2131 §4.3.5). */
  | { readonly type: 'inform-ack' }
);

export type Reply = { readonly bytes: Uint8Array; readonly boot: BootChoice };

export function buildReply(spec: ReplySpec): Reply {
  const { request, config } = spec;
  const client = identifyClient(request);
  const boot = chooseBoot(client, config.boot);
  const places =
    boot.kind === 'file'
      ? placeBootName(boot.name, config.boot, requestedCodes(request)?.includes(OPTION.bootFileName) ?? true)
      : { file: '', option67: undefined };

  const known = networkOptions(spec);
  if (isBootFirmware(client)) forFirmware(known);
  const unasked = new Set<number>([
    ...spec.subnet.options.always,
    ...(spec.reservation?.options.always ?? []),
  ]);
  if (spec.type !== 'inform-ack') addLeaseTimes(known, unasked, spec.leaseSeconds, spec.subnet);
  if (boot.kind === 'file') {
    known.set(OPTION.tftpServerName, textOption(config.boot.nextServer));
    addClassOptions(known, unasked, client, config);
  }
  if (places.option67 !== undefined) {
    known.set(OPTION.bootFileName, places.option67);
    unasked.add(OPTION.bootFileName);
  }
  if (client.isIpxe && config.boot.noProxyDhcp) known.set(OPTION.ipxe, NO_PXEDHCP);

  const head: OptionToSend[] = [
    { code: OPTION.messageType, data: serializeMessageType(spec.type === 'offer' ? 'offer' : 'ack') },
    { code: OPTION.serverIdentifier, data: addressesOption(config.serverAddress) },
  ];
  if (spec.type !== 'inform-ack') {
    head.push({ code: OPTION.leaseTime, data: u32Option(onWire(spec.leaseSeconds)) });
  }
  const bytes = buildDhcpMessage({
    ...copied(request),
    // Table 3: ciaddr is 0 in OFFER, and copied in ACK.
    ciaddr: spec.type === 'offer' ? UNSPECIFIED_IPV4 : request.ciaddr,
    yiaddr: spec.type === 'inform-ack' ? UNSPECIFIED_IPV4 : spec.yiaddr,
    siaddr: boot.kind === 'file' ? config.boot.nextServer : UNSPECIFIED_IPV4,
    file: places.file,
    options: orderOptions(request, {
      ...{ head, known, unasked, tail: echoes(request) },
      overload: overloadAreas(config, client, places.file),
    }),
  });
  return { bytes, boot };
}

/** RFC 2131 Table 3: no addresses, no names; §4.3.2: a relayed one has the broadcast bit set. */
export function buildNak(request: DhcpMessage, config: DhcpConfig, because: string): Uint8Array {
  const relayed = request.giaddr !== UNSPECIFIED_IPV4;
  return buildDhcpMessage({
    ...copied(request),
    flags: relayed ? request.flags | BROADCAST_FLAG : request.flags,
    options: [
      { code: OPTION.messageType, data: serializeMessageType('nak') },
      { code: OPTION.serverIdentifier, data: addressesOption(config.serverAddress) },
      { code: OPTION.message, data: textOption(because) },
      ...echoes(request).filter(({ code }) => code !== OPTION.clientMachineId),
    ],
  });
}

function copied({ xid, flags, giaddr, htype, hlen, chaddr }: DhcpMessage) {
  return { op: BOOTREPLY, xid, flags, giaddr, htype, hlen, chaddr };
}

/** What every client of a subnet is told: the same octets each time. */
export function subnetOptions(subnet: Subnet): ReadonlyMap<number, Uint8Array> {
  const known = new Map<number, Uint8Array>([
    [OPTION.subnetMask, addressesOption(subnetMask(subnet))],
    [OPTION.broadcastAddress, addressesOption(broadcastAddress(subnet))],
  ]);
  if (subnet.routers.length > 0) known.set(OPTION.router, addressesOption(...subnet.routers));
  if (subnet.dnsServers.length > 0) known.set(OPTION.domainNameServer, addressesOption(...subnet.dnsServers));
  if (subnet.domain !== undefined) known.set(OPTION.domainName, textOption(subnet.domain));
  for (const [code, data] of subnet.options.values) known.set(code, data);
  return known;
}

/** The subnet's, and above them the client's own. */
export function networkOptions({
  subnetOptions,
  reservation,
}: Pick<ReplySpec, 'subnetOptions' | 'reservation'>): Map<number, Uint8Array> {
  const known = new Map(subnetOptions);
  if (reservation === undefined) return known;
  if (reservation.hostName !== undefined) known.set(OPTION.hostName, textOption(reservation.hostName));
  for (const [code, data] of reservation.options.values) known.set(code, data);
  return known;
}

function isBootFirmware({ isIpxe, vendorClassKind }: ClientIdentity): boolean {
  return isIpxe || vendorClassKind !== 'other';
}

/**
 * What the operator set that firmware would misread. Neither iPXE nor EDK2 joins the parts of a long option: they would take
 * the first 255 octets for all (RFC 3396 §4: to be split only for those who can join). And option 43 means to PXE clients
 * what PXE 2.1 says, not what is meant for telephones.
 */
function forFirmware(known: Map<number, Uint8Array>): void {
  known.delete(OPTION.vendorSpecific);
  for (const [code, data] of known) if (data.length > OPTION_OCTETS) known.delete(code);
}

/** iPXE reads options in `file` as a boot file's name, and old ROMs know of no option 52 (clauses PXE-023). */
function overloadAreas(config: DhcpConfig, client: ClientIdentity, file: string): readonly OverloadArea[] {
  if (config.overload === 'never' || isBootFirmware(client)) return NO_AREAS;
  return file === '' ? BOTH_AREAS : SNAME_ONLY;
}

/** T1 and T2, told unasked where they are not what the client would take anyway. */
function addLeaseTimes(
  known: Map<number, Uint8Array>,
  unasked: Set<number>,
  leaseSeconds: number,
  { renewAt, rebindAt }: Subnet,
): void {
  if (leaseSeconds === Number.POSITIVE_INFINITY) return;
  const [renew, rebind] = [Math.floor(leaseSeconds * renewAt), Math.floor(leaseSeconds * rebindAt)];
  // RFC 2131 §4.4.5: "T1 MUST be earlier than T2, which, in turn, MUST be earlier than" the end.
  if (renew === 0 || renew >= rebind || rebind >= leaseSeconds) return;
  known.set(OPTION.renewalTime, u32Option(renew));
  known.set(OPTION.rebindingTime, u32Option(rebind));
  if (renewAt === DEFAULT_T1 && rebindAt === DEFAULT_T2) return;
  unasked.add(OPTION.renewalTime).add(OPTION.rebindingTime);
}

/** Option 60, and what has to go with it. EDK2 ignores a URL without 60 = HTTPClient, and goes to port 4011 for 60 = PXEClient alone. Only together with a boot file. */
function addClassOptions(
  known: Map<number, Uint8Array>,
  unasked: Set<number>,
  client: ClientIdentity,
  config: DhcpConfig,
): void {
  if (client.vendorClassKind === 'HTTPClient') {
    known.set(OPTION.vendorClass, textOption('HTTPClient'));
    unasked.add(OPTION.vendorClass);
  }
  if (client.vendorClassKind === 'PXEClient' && !client.isIpxe && config.boot.pxeOffer === 'skip-discovery') {
    known.set(OPTION.vendorClass, textOption('PXEClient'));
    known.set(OPTION.vendorSpecific, SKIP_DISCOVERY);
    unasked.add(OPTION.vendorClass).add(OPTION.vendorSpecific);
  }
}

/** 82 is the last option of a reply (RFC 3046 §2.2). */
function echoes(request: DhcpMessage): readonly OptionToSend[] {
  const echoed: OptionToSend[] = [];
  for (const code of [OPTION.clientIdentifier, OPTION.clientMachineId, OPTION.relayAgentInformation]) {
    const data = optionData(request, code);
    if (data === undefined || data.length === 0) continue;
    if (code === OPTION.clientMachineId && (data.length !== MACHINE_ID_OCTETS || data[0] !== 0)) continue;
    echoed.push({ code, data });
  }
  return echoed;
}

function onWire(seconds: number): number {
  return seconds === Number.POSITIVE_INFINITY ? INFINITE_LEASE : seconds;
}
