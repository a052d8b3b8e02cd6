/** What the options of a DHCPv6 message say: RFC 8415 §21, RFC 5970 §3. Whatever the octets, nothing throws; what is malformed is absent. */
import { type Ipv6Address, ipv6FromBytes, type MacAddress, macFromBytes } from './address.ts';
import { latin1, u16At } from './bytes.ts';
import { type Dhcpv6Message, type Dhcpv6Options, readDhcpv6Options } from './dhcpv6.ts';

export const DHCPV6_OPTION = {
  clientId: 1,
  serverId: 2,
  nonTemporary: 3,
  temporary: 4,
  address: 5,
  optionRequest: 6,
  elapsedTime: 8,
  relayMessage: 9,
  status: 13,
  userClass: 15,
  vendorClass: 16,
  prefix: 25,
  fqdn: 39,
  bootFileUrl: 59,
  architecture: 61,
  networkInterface: 62,
  clientLinkLayer: 79,
} as const;

/** Octets before the options of an identity association: IAID, and of IA_NA T1 and T2. */
const ASSOCIATION_HEAD = new Map<number, number>([
  [DHCPV6_OPTION.nonTemporary, 12],
  [DHCPV6_OPTION.temporary, 4],
]);
const STATUS_NAMES = [
  ...['Success', 'UnspecFail', 'NoAddrsAvail', 'NoBinding', 'NotOnLink', 'UseMulticast', 'NoPrefixAvail'],
];
const ETHERNET = 1;
const DUID = { linkLayerTime: 1, linkLayer: 3 } as const;

export type Dhcpv6Status = { readonly code: number; readonly name: string; readonly text: string };

export function dhcpv6Option({ options }: Dhcpv6Options, wanted: number): Uint8Array | undefined {
  return options.find(({ code }) => code === wanted)?.data;
}

/** Of all associations, in wire order. */
export function dhcpv6Addresses(message: Dhcpv6Options): readonly Ipv6Address[] {
  return associations(message)
    .flatMap(({ options }) => options)
    .filter(({ code, data }) => code === DHCPV6_OPTION.address && data.length >= 16)
    .map(({ data }) => ipv6FromBytes(data.subarray(0, 16)));
}

/** Status codes that are no success (RFC 8415 §21.13), the message's own before those of its associations. */
export function dhcpv6Failures(message: Dhcpv6Options): readonly Dhcpv6Status[] {
  return [message, ...associations(message)].flatMap((level) => {
    const data = dhcpv6Option(level, DHCPV6_OPTION.status);
    if (data === undefined || data.length < 2) return [];
    const code = u16At(data, 0);
    if (code === 0) return [];
    return [{ code, name: STATUS_NAMES[code] ?? `status ${code}`, text: latin1(data.subarray(2)) }];
  });
}

/** Option 59: RFC 5970 §3.1. */
export function dhcpv6BootFileUrl(message: Dhcpv6Options): string | undefined {
  const data = dhcpv6Option(message, DHCPV6_OPTION.bootFileUrl);
  return data === undefined || data.length === 0 ? undefined : latin1(data);
}

/** Option 61, most preferred first: RFC 5970 §3.3. */
export function dhcpv6Architectures(message: Dhcpv6Options): readonly number[] {
  const data = dhcpv6Option(message, DHCPV6_OPTION.architecture) ?? new Uint8Array();
  return Array.from({ length: data.length >> 1 }, (_, i) => u16At(data, 2 * i));
}

/** Option 16, without its enterprise number: RFC 8415 §21.16. */
export function dhcpv6VendorClasses(message: Dhcpv6Options): readonly string[] {
  return texts(dhcpv6Option(message, DHCPV6_OPTION.vendorClass)?.subarray(4));
}

/** Option 15: RFC 8415 §21.15. */
export function dhcpv6UserClasses(message: Dhcpv6Options): readonly string[] {
  return texts(dhcpv6Option(message, DHCPV6_OPTION.userClass));
}

/**
 * The Ethernet address of the client that a message is from or for: of a DUID that is made of it (RFC 8415 §11.2, §11.4), or as the
 * relay beside it says (RFC 6939). Undefined where neither tells it.
 */
export function dhcpv6Hardware(outer: Dhcpv6Message, inner: Dhcpv6Options): MacAddress | undefined {
  const relayed = outer.kind === 'relay' ? dhcpv6Option(outer, DHCPV6_OPTION.clientLinkLayer) : undefined;
  if (relayed?.length === 8 && u16At(relayed, 0) === ETHERNET) return macFromBytes(relayed, 2);
  const duid = dhcpv6Option(inner, DHCPV6_OPTION.clientId) ?? new Uint8Array();
  if (duid.length < 4 || u16At(duid, 2) !== ETHERNET) return undefined;
  if (u16At(duid, 0) === DUID.linkLayer && duid.length === 10) return macFromBytes(duid, 4);
  if (u16At(duid, 0) === DUID.linkLayerTime && duid.length === 14) return macFromBytes(duid, 8);
  return undefined;
}

function associations({ options }: Dhcpv6Options): readonly Dhcpv6Options[] {
  return options.flatMap(({ code, data }) => {
    const head = ASSOCIATION_HEAD.get(code);
    return head === undefined || data.length < head ? [] : [readDhcpv6Options(data.subarray(head))];
  });
}

/** Texts, each with its length before it. */
function texts(data: Uint8Array = new Uint8Array()): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at + 2 <= data.length; ) {
    const end = at + 2 + u16At(data, at);
    if (end > data.length) break;
    found.push(latin1(data.subarray(at + 2, end)));
    at = end;
  }
  return found;
}
