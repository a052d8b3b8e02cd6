import type { DhcpEvent, Story } from '../story/event.ts';
import { type IpAddress, ipv4FromBytes } from '../wire/address.ts';
import { optionData } from '../wire/dhcp/message.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';

/** Who somebody is to a client: what stands in a profile in place of an address. */
export type Roles = {
  of(ip: string): string;
  /** `first of option 6`. */
  dnsServer(ip: string): string;
};

const ORDINALS = ['first', 'second', 'third', 'fourth'] as const;

/** By what the client was told and whom it read from, in the whole of its story: an answer may come after the question. */
export function rolesOf({ client, events }: Story): Roles {
  const answers = events.filter(
    (event): event is DhcpEvent => event.kind === 'dhcp' && event.direction === 'to-client',
  );
  const told = (code: number): readonly IpAddress[] =>
    answers.flatMap(({ message }) => addresses(optionData(message, code)));
  const routers = told(OPTION.router);
  const bootServers = [...told(OPTION.serverIdentifier), ...answers.map(({ message }) => message.siaddr)];
  const dnsServers = [...new Set(told(OPTION.domainNameServer))];
  const peers = events.flatMap((event) => ('server' in event ? [event.server.ip] : []));
  const ranked: readonly (readonly [role: string, ips: readonly string[]])[] = [
    ['its own address', client.addresses],
    ['gateway', routers.slice(0, 1)],
    ['another gateway', routers],
    ['boot server', bootServers],
    ['DNS server', dnsServers],
    ['a server that it reads from', peers],
  ];
  return {
    of: (ip) => ranked.find(([, ips]) => ips.includes(ip))?.[0] ?? 'somebody else',
    dnsServer: (ip) => {
      const at = (dnsServers as readonly string[]).indexOf(ip);
      if (at >= 0) return `${ORDINALS[at] ?? 'a later one'} of option 6`;
      return ip.includes(':') ? 'an IPv6 address' : 'another one';
    },
  };
}

function addresses(data: Uint8Array | undefined): readonly IpAddress[] {
  if (data === undefined) return [];
  return Array.from({ length: Math.floor(data.length / 4) }, (_, i) => ipv4FromBytes(data, 4 * i));
}
