import { z } from 'zod';
import { parseIpv4, parseMac } from '../../wire/address.ts';

const ipv4 = z
  .string()
  .refine((text) => parseIpv4(text) !== undefined, 'wanted an IPv4 address like 10.188.0.10')
  .describe('IPv4 address');
const port = z
  .number()
  .int()
  .min(0)
  .max(65_535)
  .describe('where it listens (default: the well-known port); 0: any');
const domainName = z
  .string()
  .regex(/^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?$/, 'wanted a domain name like example.com');
/** What stands in one word of an iPXE command, or in a DHCP field. */
const word = z.string().regex(/^[!-~]+$/, 'wanted one word of printable ASCII');

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

const dhcp = z.strictObject({
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

const boot = z.strictObject({
  'next-server': ipv4.optional().describe('who serves the boot file by TFTP (default: address)'),
  files: z
    .record(z.string().regex(/^\d{1,5}$/, "wanted an architecture's number (option 93)"), word)
    .optional()
    .describe('boot file by architecture: 0 BIOS, 7 and 9 x64 UEFI, 11 ARM64 UEFI, 16 x64 HTTP (a URL), ...'),
  'without-architecture': word.optional().describe('for clients that do not say their architecture'),
  ipxe: word.optional().describe('URL of the script that iPXE gets; never iPXE again'),
  'no-proxy-dhcp': z
    .boolean()
    .optional()
    .describe('tells iPXE not to wait two seconds for a proxyDHCP server (default: true)'),
  'boot-file-in': z
    .array(z.enum(['file', 'option-67']))
    .min(1)
    .optional()
    .describe('where the name stands; option 67 if asked for (default: both)'),
  'long-names': z
    .enum(['option-67', 'cut'])
    .optional()
    .describe(
      'a name of more than 127 octets: whole in option 67, or cut as a defective server does (default: option-67)',
    ),
  'pxe-offer': z
    .enum(['plain', 'skip-discovery'])
    .optional()
    .describe('offers to PXE ROMs: without option 60, or with it and 43.6 = 8 (default: plain)'),
});

const tftp = z.strictObject({
  root: z.string().min(1).describe('folder of files, relative to this file'),
  port: port.optional(),
  'max-blksize': z.number().int().min(8).max(65_464).optional().describe('default: 1468, a 1500 octet link'),
  'max-windowsize': z.number().int().min(1).max(64).optional().describe('default: 16'),
  'max-transfers': z.number().int().min(1).max(10_000).optional().describe('at once (default: 1000)'),
  'max-transfers-per-client': z.number().int().min(1).max(1000).optional().describe('default: 100'),
});

const http = z.strictObject({
  root: z.string().min(1).optional().describe('folder of files, relative to this file'),
  port: port.optional(),
  boot2: z
    .string()
    .regex(/^\/[!-~]*$/, 'wanted a path like /boot2.php')
    .optional()
    .describe('where a client gets its orders (default: /boot2.php)'),
});

const dns = z.strictObject({
  port: port.optional(),
  origin: z.union([z.literal('.'), domainName]).describe('the zone; . answers for every name'),
  hosts: z
    .record(z.string(), z.union([ipv4, z.array(ipv4).min(1)]))
    .describe('names, each with its address or several'),
});

const order = z.union([
  z.literal('exit'),
  z.strictObject({ chain: word.describe('URL') }),
  z.strictObject({
    sanboot: z
      .strictObject({
        uri: word.describe('iscsi:server:protocol:port:LUN:target'),
        'initiator-iqn': word.optional().describe('the name iPXE logs in with'),
      })
      .describe('boots a disk over the network'),
  }),
  z.strictObject({ script: z.string().min(1).describe('iPXE commands; {{serial}} is what the client sent') }),
]);

const patterns = z.union([z.string(), z.array(z.string()).min(1)]);

const rule = z.strictObject({
  match: z
    .record(z.string().min(1), patterns)
    .refine((match) => Object.keys(match).length > 0, 'wanted at least one variable')
    .describe('variables as boot2 gets them, each with one pattern or several; * and ? are wildcards'),
  order: order.describe('what such a client is told to do'),
});

/** A configuration of the reference server: what `pxebench serve --config` reads. */
export const serverConfigSchema = z.strictObject({
  address: ipv4.describe("this server's address on the network it serves"),
  dhcp: dhcp.optional().describe('the DHCP service; not started where absent, like the others'),
  boot: boot.optional().describe('what DHCP tells clients to boot'),
  tftp: tftp.optional().describe('the TFTP service'),
  http: http.optional().describe('the HTTP service: files, and orders at boot2'),
  dns: dns.optional().describe('the DNS service'),
  orders: z.array(rule).optional().describe('who gets what; the first rule that matches wins'),
  'default-order': order.optional().describe('for everybody else; required with orders'),
});

export type RawServerConfig = z.infer<typeof serverConfigSchema>;
export type RawOrder = z.infer<typeof order>;
