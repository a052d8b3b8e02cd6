import { bootFileOf } from '../../story/boot-file.ts';
import { type Ipv4Address, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { latin1, toHex } from '../../wire/bytes.ts';
import { formatOption } from '../../wire/dhcp/format-option.ts';
import { type DhcpMessage, OPTION_OVERLOAD, optionData } from '../../wire/dhcp/message.ts';
import { addressesOption, parseAddresses } from '../../wire/dhcp/opt-addresses.ts';
import { formatMessageType, messageTypeCode } from '../../wire/dhcp/opt-message-type.ts';
import { optionName } from '../../wire/dhcp/option-codes.ts';
import type { Difference } from './difference.ts';
import { nextServerAddress, nextServersOf } from './next-server.ts';
import type { Role, Roles } from './roles.ts';

const OPTION = { serverName: 66, bootFile: 67 } as const;
/** Options whose addresses are compared by the role that they play. */
const ROLES: ReadonlyMap<number, Role> = new Map([
  [3, 'router'],
  [6, 'dns'],
  [28, 'broadcast'],
  [42, 'ntp'],
  [54, 'server'],
]);
/** 67 is compared as the boot file, 66 as the next server, 52 only says where options stand. */
const ELSEWHERE: ReadonlySet<number> = new Set([OPTION.bootFile, OPTION.serverName, OPTION_OVERLOAD]);

/** Takes over what the server of now chose, so that what follows of the client speaks of that. */
export function learnRoles(recorded: DhcpMessage, got: DhcpMessage, roles: Roles): void {
  roles.renew('client', recorded.yiaddr, got.yiaddr);
  for (const [code, role] of ROLES) {
    const [before, now] = [addressesOf(recorded, code), addressesOf(got, code)];
    for (const [i, address] of before.entries()) {
      const other = now[i];
      if (other !== undefined) roles.renew(role, address, other);
    }
  }
  const server = nextServerAddress(recorded);
  const serverNow = nextServerAddress(got);
  if (server !== undefined && serverNow !== undefined) roles.pair('next server', server, serverNow);
  const [before, now] = [bootFileOf(recorded), bootFileOf(got)];
  if (before !== undefined && now !== undefined) roles.renewText(before, now);
}

/** Compares two answers by meaning: options as a set, addresses by the role they play. Roles are to be learned before. */
export function compareDhcp(recorded: DhcpMessage, got: DhcpMessage, roles: Roles): readonly Difference[] {
  const found: Difference[] = [];
  const differ = (field: string, before: string | undefined, now: string | undefined): void => {
    if (before !== now) found.push({ field, recorded: before, got: now });
  };
  differ('message type', typeOf(recorded), typeOf(got));
  differ('address given', given(recorded.yiaddr), given(got.yiaddr));
  const servers = (message: DhcpMessage, as: (name: string) => string): string | undefined =>
    [...new Set(nextServersOf(message).map(as))].sort().join(', ') || undefined;
  differ(
    'next server',
    servers(recorded, (name) => roles.inText(name, 'next server')),
    servers(got, (name) => name),
  );
  const file = bootFileOf(recorded);
  differ('boot file', file === undefined ? undefined : roles.inText(file), bootFileOf(got));
  for (const code of [...new Set([...codesOf(recorded), ...codesOf(got)])].sort((a, b) => a - b)) {
    differ(
      `option ${code} (${optionName(code)})`,
      optionText(recorded, code, roles),
      optionText(got, code, undefined),
    );
  }
  return found;
}

const typeOf = (message: DhcpMessage): string => {
  const code = messageTypeCode(message);
  return code === undefined ? 'BOOTP' : formatMessageType(code);
};

const given = (address: Ipv4Address): string => (address === UNSPECIFIED_IPV4 ? 'none' : 'one');

function codesOf(message: DhcpMessage): readonly number[] {
  return message.options.map(({ code }) => code).filter((code) => !ELSEWHERE.has(code));
}

function addressesOf(message: DhcpMessage, code: number): readonly Ipv4Address[] {
  const data = optionData(message, code);
  const parsed = data === undefined ? undefined : parseAddresses(data);
  return parsed?.ok === true ? parsed.value : [];
}

/** With `roles`, as the server of now would have to say it. */
function optionText(message: DhcpMessage, code: number, roles: Roles | undefined): string | undefined {
  const data = optionData(message, code);
  if (data === undefined) return undefined;
  const role = ROLES.get(code);
  if (roles !== undefined && role !== undefined && data.length % 4 === 0) {
    const addresses = addressesOf(message, code).map((address) => roles.of(address, role));
    return valueText(code, addressesOption(...addresses));
  }
  const formatted = valueText(code, data);
  // Where the form for people leaves octets out, the octets are what is compared.
  const octets = toHex(data);
  if (!formatted.includes('…') && formatted !== octets) return formatted;
  return PRINTABLE.test(latin1(data)) ? JSON.stringify(latin1(data)) : octets;
}

/** Text of an option that wants something else: an address as it is written, and whatever C ends it with. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what is meant
const PRINTABLE = /^[\x20-\x7e]{4,}\x00*$/;

const valueText = (code: number, data: Uint8Array): string =>
  formatOption({ code, data }).slice(`${code} ${optionName(code)}: `.length);
