import { z } from 'zod';
import { domainName, ipv4, port } from './field-schemas.ts';

export const dnsSchema = z.strictObject({
  port: port.optional(),
  origin: z.union([z.literal('.'), domainName]).describe('the zone; . answers for every name'),
  hosts: z
    .record(z.string(), z.union([ipv4, z.array(ipv4).min(1)]))
    .describe('names, each with its address or several'),
});
