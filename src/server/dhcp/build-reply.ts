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
import { bootOf } from './boot-config.ts';
import { planBoot } from './boot-plan.ts';
import { type BootChoice, chooseBoot } from './choose-boot.ts';
import type { DhcpConfig, Reservation, Subnet } from './dhcp-config.ts';
import { type OverloadArea, orderOptions } from './reply-options.ts';
import { broadcastAddress, subnetMask } from './subnet-choice.ts';

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
  /** Option 54: this server's address, or the one its relay wants told instead. */
  readonly serverIdentifier: Ipv4Address;
  /** A limited iPXE that was sent a whole one before (BootHistory). */
  readonly cameBack?: boolean;
} & (
  | { readonly type: 'offer' | 'ack'; readonly yiaddr: Ipv4Address; readonly leaseSeconds: number }
  /** The answer to INFORM: no address, no lease times (RFC 2131 §4.3.5). */
  | { readonly type: 'inform-ack' }
);

export type Reply = { readonly bytes: Uint8Array; readonly boot: BootChoice };

export function buildReply(spec: ReplySpec): Reply {
  const { request, config, reservation } = spec;
  const client = identifyClient(request);
  const boot = bootOf(config.boot, reservation?.boot);
  const choice = chooseBoot(client, boot, spec.cameBack);
  const plan = planBoot({
    ...{ request, client, choice, boot },
    serverAddress: config.serverAddress,
    service: 'dhcp',
  });
  const known = networkOptions(spec);
  if (isBootFirmware(client)) forFirmware(known);
  const unasked = [...spec.subnet.options.always, ...plan.unasked];
  if (reservation !== undefined) unasked.push(...reservation.options.always);
  if (spec.type !== 'inform-ack') addLeaseTimes(known, unasked, spec.leaseSeconds, spec.subnet);
  for (const [code, data] of plan.options) known.set(code, data);

  const head: OptionToSend[] = [
    { code: OPTION.messageType, data: serializeMessageType(spec.type === 'offer' ? 'offer' : 'ack') },
    { code: OPTION.serverIdentifier, data: addressesOption(spec.serverIdentifier) },
  ];
  if (spec.type !== 'inform-ack') {
    head.push({ code: OPTION.leaseTime, data: u32Option(onWire(spec.leaseSeconds)) });
  }
  const options = orderOptions(request, {
    ...{ head, known, unasked, tail: echoes(request) },
    overload: overloadAreas(config, client, plan.file),
  });
  const bytes = buildDhcpMessage({
    ...copied(request),
    // Table 3: ciaddr is 0 in OFFER, and copied in ACK.
    ciaddr: spec.type === 'offer' ? UNSPECIFIED_IPV4 : request.ciaddr,
    yiaddr: spec.type === 'inform-ack' ? UNSPECIFIED_IPV4 : spec.yiaddr,
    siaddr: plan.siaddr,
    // Options that found no other room need the field more.
    sname: options.some(({ area }) => area === 'sname') ? '' : plan.sname,
    file: plan.file,
    options,
  });
  return { bytes, boot: choice };
}

/** RFC 2131 Table 3: no addresses, no names; §4.3.2: a relayed one has the broadcast bit set. */
export function buildNak(request: DhcpMessage, serverIdentifier: Ipv4Address, because: string): Uint8Array {
  const relayed = request.giaddr !== UNSPECIFIED_IPV4;
  return buildDhcpMessage({
    ...copied(request),
    flags: relayed ? request.flags | BROADCAST_FLAG : request.flags,
    options: [
      { code: OPTION.messageType, data: serializeMessageType('nak') },
      { code: OPTION.serverIdentifier, data: addressesOption(serverIdentifier) },
      { code: OPTION.message, data: textOption(because) },
      ...echoes(request).filter(({ code }) => code !== OPTION.clientMachineId),
    ],
  });
}

/** What every reply copies from its request: RFC 2131 §4.3.1 Table 3. */
export function copied({ xid, flags, giaddr, htype, hlen, chaddr }: DhcpMessage) {
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
  unasked: number[],
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
  unasked.push(OPTION.renewalTime, OPTION.rebindingTime);
}

/** 82 is the last option of a reply (RFC 3046 §2.2). */
export function echoes(request: DhcpMessage): readonly OptionToSend[] {
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
