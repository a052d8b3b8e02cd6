import { type Ipv6Address, ipv6FromBytes } from '../../wire/address.ts';
import { latin1, toHex, u16At, u32At } from '../../wire/bytes.ts';
import { type Dhcpv6ClientMessage, formatDhcpv6Type, readDhcpv6Options } from '../../wire/dhcpv6.ts';
import type { Difference } from './difference.ts';
import { ASSOCIATIONS, givenIn } from './rewrite-dhcpv6.ts';
import type { Roles6 } from './roles6.ts';

const OPTION = { serverId: 2, status: 13, dns: 23, bootFileUrl: 59 } as const;
const NAME: Readonly<Record<number, string>> = {
  ...{ 1: 'client identifier', 2: 'server identifier', 3: 'IA_NA', 4: 'IA_TA', 7: 'preference' },
  ...{ 13: 'status', 14: 'rapid commit', 16: 'vendor class', 17: 'vendor options', 23: 'DNS servers' },
  ...{ 24: 'domain search', 25: 'IA_PD', 59: 'boot file URL', 60: 'boot file parameters' },
};
const ADDRESS_LENGTH = 16;

/** Takes over what the server of now chose, so that what follows of the client speaks of that. */
export function learnRoles6(recorded: Dhcpv6ClientMessage, got: Dhcpv6ClientMessage, roles: Roles6): void {
  const pairs = (before: readonly Ipv6Address[], now: readonly Ipv6Address[]): void => {
    for (const [i, address] of before.entries()) {
      const other = now[i];
      if (other !== undefined) roles.renew(address, other);
    }
  };
  pairs(givenIn(recorded), givenIn(got));
  pairs(addressesOf(dataOf(recorded, OPTION.dns)), addressesOf(dataOf(got, OPTION.dns)));
  const [before, now] = [dataOf(recorded, OPTION.serverId), dataOf(got, OPTION.serverId)];
  if (before !== undefined && now !== undefined) roles.renewServer(toHex(before), toHex(now));
}

/** Compares two answers by meaning: options as a set, addresses by the role they play. Roles are to be learned before. */
export function compareDhcpv6(
  recorded: Dhcpv6ClientMessage,
  got: Dhcpv6ClientMessage,
  roles: Roles6,
): readonly Difference[] {
  const found: Difference[] = [];
  const differ = (field: string, before: string | undefined, now: string | undefined): void => {
    if (before !== now) found.push({ field, recorded: before, got: now });
  };
  differ('message type', formatDhcpv6Type(recorded.type), formatDhcpv6Type(got.type));
  const codes = [...recorded.options, ...got.options].map(({ code }) => code);
  for (const code of [...new Set(codes)].sort((a, b) => a - b)) {
    const name = NAME[code];
    const field = name === undefined ? `option ${code}` : `option ${code} (${name})`;
    // Who the server is, is a role: that it says so is what counts.
    if (code === OPTION.serverId) differ(field, presence(recorded, code), presence(got, code));
    else differ(field, textOf(recorded, code, roles), textOf(got, code, undefined));
  }
  return found;
}

const dataOf = ({ options }: Pick<Dhcpv6ClientMessage, 'options'>, wanted: number): Uint8Array | undefined =>
  options.find(({ code }) => code === wanted)?.data;

const presence = (message: Dhcpv6ClientMessage, code: number): string | undefined =>
  dataOf(message, code) === undefined ? undefined : 'there';

function addressesOf(data: Uint8Array = new Uint8Array()): readonly Ipv6Address[] {
  const count = Math.floor(data.length / ADDRESS_LENGTH);
  return Array.from({ length: count }, (_, i) => ipv6FromBytes(data, ADDRESS_LENGTH * i));
}

/** All instances of an option. With `roles`, as the server of now would have to say it. */
function textOf(message: Dhcpv6ClientMessage, wanted: number, roles: Roles6 | undefined): string | undefined {
  const texts = message.options
    .filter(({ code }) => code === wanted)
    .map(({ code, data }) => valueText(code, data, roles));
  return texts.length === 0 ? undefined : texts.join('; ');
}

function valueText(code: number, data: Uint8Array, roles: Roles6 | undefined): string {
  const head = ASSOCIATIONS.get(code);
  if (head !== undefined && data.length >= head) return associationText(data, head, roles);
  switch (code) {
    case OPTION.dns:
      return addressesOf(data)
        .map((address) => roles?.of(address) ?? address)
        .join(', ');
    case OPTION.bootFileUrl:
      return roles?.inText(latin1(data)) ?? latin1(data);
    case OPTION.status:
      return data.length < 2 ? toHex(data) : `status ${u16At(data, 0)}`;
    default:
      return data.length === 0 ? 'there' : toHex(data);
  }
}

function associationText(data: Uint8Array, head: number, roles: Roles6 | undefined): string {
  const times = head < 12 ? '' : `, T1 ${u32At(data, 4)} s, T2 ${u32At(data, 8)} s`;
  const { options } = readDhcpv6Options(data.subarray(head));
  const inner = options.map((option) => {
    const [given] = givenIn({ options: [option] });
    if (given !== undefined) return roles?.of(given) ?? given;
    return `${option.code}: ${valueText(option.code, option.data, roles)}`;
  });
  return `IAID ${toHex(data.subarray(0, 4))}${times}: ${inner.join(', ')}`;
}
