import { z } from 'zod';
import { port } from './field-schemas.ts';

const octets = z
  .union([
    z.number().int().min(1),
    z.string().regex(/^[1-9]\d{0,8}[KMG]?$/, 'wanted octets like 65536, 512K, 64M or 4G'),
  ])
  .describe('octets: 65536, 512K, 64M, 4G');
const portNumber = z.number().int().min(1024).max(65_535);

const uploadSchema = z.strictObject({
  folder: z
    .string()
    .min(1)
    .describe('folder that clients may write to, relative to this file; names are below it'),
  'max-octets': octets.optional().describe('of one file (default: 64M)'),
  overwrite: z.boolean().optional().describe('whether a file that is there may be replaced (default: false)'),
});

export const tftpSchema = z.strictObject({
  root: z.string().min(1).describe('folder of files, relative to this file'),
  port: port.optional(),
  'max-blksize': z
    .number()
    .int()
    .min(8)
    .max(65_464)
    .optional()
    .describe('default: 1468, a 1500 octet link; never more than the MTU on the way to the client carries'),
  'max-windowsize': z.number().int().min(1).max(64).optional().describe('default: 16'),
  'max-transfers': z.number().int().min(1).max(10_000).optional().describe('at once (default: 4000)'),
  'max-transfers-per-client': z.number().int().min(1).max(1000).optional().describe('default: 100'),
  'port-range': z
    .strictObject({
      first: portNumber.describe('the lowest'),
      last: portNumber.describe('the highest'),
    })
    .optional()
    .describe('the ports that transfers come from, for a firewall (default: any)'),
  'single-port': z
    .boolean()
    .optional()
    .describe('transfers come from the port of the service, and are slower (default: false)'),
  upload: uploadSchema.optional().describe('lets clients write files; nobody may where absent'),
});
