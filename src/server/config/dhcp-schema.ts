import { z } from 'zod';
import { parseMac } from '../../wire/address.ts';
import { clientBootSchema } from './boot-schema.ts';
import { optionsSchema } from './dhcp-options-schema.ts';
import { domainName, ipv4 } from './field-schemas.ts';

const client = z.strictObject({
  mac: z
    .string()
    .refine((text) => parseMac(text) !== undefined, 'wanted a MAC address like 00:12:34:56:78:90')
    .describe('hardware address, in any spelling'),
  address: ipv4,
  'host-name': z
    .string()
    .regex(/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/, 'wanted a host name without a domain')
    .optional()
    .describe('option 12; iPXE makes its iSCSI initiator name of it'),
  boot: clientBootSchema.optional().describe('what it boots, where that is not what everybody does'),
  options: optionsSchema.optional().describe("options of this client, before its network's"),
});

const addressRange = z
  .string()
  .regex(/^[0-9.]+(\s*-\s*[0-9.]+)?$/, 'wanted a range like 10.188.0.60-10.188.0.70');
const duration = z
  .string()
  .regex(/^([1-9]\d{0,8}[smhd]|infinite)$/, 'wanted a time like 12h (s, m, h, d), or infinite');
const partOfLease = z.number().gt(0).lt(1);

const subnet = z.strictObject({
  network: z
    .string()
    .regex(/^[0-9.]+\/([1-9]|[12]\d|30)$/, 'wanted a network like 10.188.0.0/24')
    .describe('address and prefix length'),
  pool: z.array(addressRange).describe('addresses anybody may get; ranges or single ones'),
  exclude: z.array(addressRange).optional().describe('addresses of the pool that nobody gets'),
  share: z
    .string()
    .min(1)
    .optional()
    .describe('a name that all subnets on one wire have: where one is used up, the next gives the address'),
  'lease-time': duration.describe(
    'how long a client that asks for no time may keep its address: 30m, 12h, 7d, infinite',
  ),
  'min-lease-time': duration.optional().describe('for clients that ask for less (default: 2m)'),
  'max-lease-time': duration.optional().describe('for clients that ask for more (default: lease-time)'),
  'renew-at': partOfLease.optional().describe('T1, option 58, as a part of the lease (default: 0.5)'),
  'rebind-at': partOfLease.optional().describe('T2, option 59, as a part of the lease (default: 0.875)'),
  routers: z.array(ipv4).max(16).optional().describe('option 3'),
  'dns-servers': z.array(ipv4).max(16).optional().describe('option 6'),
  domain: domainName.optional().describe('option 15'),
  options: optionsSchema.optional().describe("options of this network's clients, by name or number"),
  clients: z.array(client).optional().describe('clients with an address of their own'),
});

export const dhcpSchema = z.strictObject({
  authoritative: z
    .boolean()
    .optional()
    .describe(
      'answers about leases it knows nothing of: right if it is the only DHCP server (default: true)',
    ),
  'lease-key': z
    .enum(['mac', 'client-id'])
    .optional()
    .describe('what a lease belongs to; mac keeps one address from ROM to operating system (default: mac)'),
  'short-messages': z
    .enum(['answer', 'discard'])
    .optional()
    .describe('of less than 300 octets, which RFC 1542 has servers discard (default: answer)'),
  bootp: z
    .enum(['off', 'reserved', 'dynamic'])
    .optional()
    .describe(
      'clients that speak no DHCP: none, those with an address of their own, or all, which keep it for ever (default: reserved)',
    ),
  overload: z
    .enum(['never', 'when-needed'])
    .optional()
    .describe(
      'options in the fields for names where there is no room left; never for network boot firmware (default: when-needed)',
    ),
  'probe-addresses': z
    .boolean()
    .optional()
    .describe('asks by ARP or ping whether an address is in use before it is offered (default: true)'),
  relays: z
    .array(ipv4)
    .min(1)
    .optional()
    .describe(
      'relays (giaddr) that are answered, those outside all subnets too (default: all with an address in a subnet)',
    ),
  'leases-per-remote-id': z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('addresses for what one remote id (82.2) of a relay stands for (default: no limit)'),
  options: optionsSchema.optional().describe('options of all clients, by name or number'),
  subnets: z.array(subnet).min(1).describe('networks with clients'),
});
