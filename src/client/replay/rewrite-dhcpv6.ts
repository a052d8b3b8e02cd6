import { type Ipv6Address, ipv6FromBytes, ipv6ToBytes } from '../../wire/address.ts';
import {
  type Dhcpv6Message,
  type Dhcpv6Option,
  parseDhcpv6,
  readDhcpv6Options,
  serializeDhcpv6,
  serializeDhcpv6Options,
} from '../../wire/dhcpv6.ts';
import type { Roles6 } from './roles6.ts';

const OPTION = {
  serverId: 2,
  nonTemporary: 3,
  temporary: 4,
  address: 5,
  elapsedTime: 8,
  relayMessage: 9,
  prefixes: 25,
  prefix: 26,
} as const;
/** Where an identity association's own options begin: RFC 8415 §21.4, §21.5, §21.21. */
export const ASSOCIATIONS: ReadonlyMap<number, number> = new Map([
  [OPTION.nonTemporary, 12],
  [OPTION.temporary, 4],
  [OPTION.prefixes, 12],
]);
/** Where an address or prefix stands in its option: RFC 8415 §21.6, §21.22. */
const ADDRESS_AT: ReadonlyMap<number, number> = new Map([
  [OPTION.address, 0],
  [OPTION.prefix, 9],
]);
const ADDRESS_LENGTH = 16;

export type Renewed6 = {
  readonly transactionId: number;
  /** Hundredths of a second; undefined: as recorded. */
  readonly elapsed: number | undefined;
  /** Links that relays speak for, by the recorded address. */
  readonly links: ReadonlyMap<Ipv6Address, Ipv6Address>;
};

/**
 * A client's message, or a relay's around it, as it was but for what a server chose (its identifier, addresses and prefixes in
 * identity associations) and what is renewed by choice. Identifiers of the client stay.
 */
export function rewriteDhcpv6(message: Dhcpv6Message, roles: Roles6, renewed: Renewed6): Uint8Array {
  const options = message.options.map((option) => rewriteOption(option, roles, renewed));
  const { transactionId, links } = renewed;
  if (message.kind === 'message') return serializeDhcpv6({ ...message, options, transactionId });
  return serializeDhcpv6({ ...message, options, link: links.get(message.link) ?? message.link });
}

function rewriteOption(option: Dhcpv6Option, roles: Roles6, renewed: Renewed6): Dhcpv6Option {
  const { code, data } = option;
  if (code === OPTION.serverId) return { code, data: roles.identifierOf(data) };
  if (code === OPTION.elapsedTime && renewed.elapsed !== undefined && data.length === 2)
    return { code, data: Uint8Array.of(renewed.elapsed >>> 8, renewed.elapsed & 0xff) };
  if (code === OPTION.relayMessage) {
    const parsed = parseDhcpv6(data);
    return parsed.ok ? { code, data: rewriteDhcpv6(parsed.value, roles, renewed) } : option;
  }
  const head = ASSOCIATIONS.get(code);
  if (head !== undefined && data.length >= head) {
    const enclosed = readDhcpv6Options(data.subarray(head));
    const options = enclosed.options.map((one) => rewriteOption(one, roles, renewed));
    return {
      code,
      data: Buffer.concat([data.subarray(0, head), serializeDhcpv6Options({ ...enclosed, options })]),
    };
  }
  const at = ADDRESS_AT.get(code);
  if (at === undefined || data.length < at + ADDRESS_LENGTH) return option;
  const bytes = data.slice();
  bytes.set(ipv6ToBytes(roles.of(ipv6FromBytes(bytes, at))), at);
  return { code, data: bytes };
}

/** Addresses and prefixes that a server gave, in order. */
export function givenIn(message: { readonly options: readonly Dhcpv6Option[] }): readonly Ipv6Address[] {
  return message.options.flatMap(({ code, data }) => {
    const head = ASSOCIATIONS.get(code);
    if (head !== undefined) return data.length < head ? [] : givenIn(readDhcpv6Options(data.subarray(head)));
    const at = ADDRESS_AT.get(code);
    return at === undefined || data.length < at + ADDRESS_LENGTH ? [] : [ipv6FromBytes(data, at)];
  });
}
