import { z } from 'zod';
import { parseMac } from '../../wire/address.ts';
import { clientBootSchema } from './boot-schema.ts';
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
});

const subnet = z.strictObject({
  network: z
    .string()
    .regex(/^[0-9.]+\/([1-9]|[12]\d|30)$/, 'wanted a network like 10.188.0.0/24')
    .describe('address and prefix length'),
  pool: z
    .array(z.string().regex(/^[0-9.]+(\s*-\s*[0-9.]+)?$/, 'wanted a range like 10.188.0.60-10.188.0.70'))
    .describe('addresses anybody may get; ranges or single ones'),
  'lease-time': z
    .string()
    .regex(/^([1-9]\d{0,8}[smhd]|infinite)$/, 'wanted a time like 12h (s, m, h, d), or infinite')
    .describe('how long a client may keep its address: 30m, 12h, 7d, infinite'),
  routers: z.array(ipv4).max(16).optional().describe('option 3'),
  'dns-servers': z.array(ipv4).max(16).optional().describe('option 6'),
  domain: domainName.optional().describe('option 15'),
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
  subnets: z.array(subnet).min(1).describe('networks with clients'),
});
