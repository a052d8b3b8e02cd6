import { z } from 'zod';
import { bootSchema } from './boot-schema.ts';
import { dhcpSchema } from './dhcp-schema.ts';
import { dnsSchema } from './dns-schema.ts';
import { ipv4 } from './field-schemas.ts';
import { httpSchema } from './http-schema.ts';
import { leasesSchema } from './leases-schema.ts';
import { defaultOrder, rules } from './orders-schema.ts';
import { proxySchema } from './proxy-schema.ts';
import { statusSchema } from './status-schema.ts';
import { tftpSchema } from './tftp-schema.ts';

/** A configuration of the reference server: what `pxebench serve --config` reads. One file a section. */
export const serverConfigSchema = z.strictObject({
  address: ipv4.describe("this server's address on the network it serves"),
  dhcp: dhcpSchema.optional().describe('the DHCP service; not started where absent, like the others'),
  proxy: proxySchema
    .optional()
    .describe("in place of dhcp: proxyDHCP, which adds boot to what somebody else's DHCP server says"),
  boot: bootSchema.optional().describe('what DHCP, or the proxy, tells clients to boot'),
  leases: leasesSchema
    .optional()
    .describe('where DHCP keeps who has which address; in memory only where absent'),
  tftp: tftpSchema.optional().describe('the TFTP service'),
  http: httpSchema.optional().describe('the HTTP service: files, and orders at boot2'),
  dns: dnsSchema.optional().describe('the DNS service'),
  status: statusSchema
    .optional()
    .describe('the page for operators, /status.json and /metrics for Prometheus'),
  orders: rules.optional(),
  'orders-file': z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .optional()
    .describe('file with orders and default-order, or several; their rules come after those that stand here'),
  'default-order': defaultOrder.optional(),
  variables: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'wanted a name of letters, digits, - and _'),
      z.string().regex(/^[A-Za-z0-9_./:-]*$/, 'wanted the name of an iPXE setting, like net0/chip'),
    )
    .optional()
    .describe(
      'more that rules may look at: name, and the iPXE setting that boot1 asks for ("": another script does)',
    ),
});

export type RawServerConfig = z.infer<typeof serverConfigSchema>;
