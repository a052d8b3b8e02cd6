import { z } from 'zod';
import { port } from './field-schemas.ts';

const tlsSchema = z.strictObject({
  certificate: z
    .string()
    .min(1)
    .describe('PEM file, relative to this file: the certificate, then those between it and the root'),
  key: z.string().min(1).describe('PEM file of its private key, not encrypted'),
  port: port.optional(),
});

export const httpSchema = z.strictObject({
  root: z.string().min(1).optional().describe('folder of files, relative to this file'),
  port: port.optional(),
  boot2: z
    .string()
    .regex(/^\/[!-~]*$/, 'wanted a path like /boot2.php')
    .optional()
    .describe('where a client gets its orders (default: /boot2.php)'),
  boot1: z
    .string()
    .regex(/^\/[!-~]*$/, 'wanted a path like /boot1.txt')
    .optional()
    .describe('the script that asks boot2, made where root has no such file (default: /boot1.txt)'),
  autoexec: z
    .boolean()
    .optional()
    .describe('the same as /autoexec.ipxe, for iPXE that looks for it (default: false)'),
  tls: tlsSchema.optional().describe('HTTPS beside HTTP, the same content (default port: 443)'),
  'max-connections': z.number().int().min(1).max(100_000).optional().describe('at once (default: 4096)'),
  'max-connections-per-client': z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe('by address; the oldest idle one makes room for a new one (default: 128)'),
  'max-segment': z
    .number()
    .int()
    .min(536)
    .max(32_767)
    .optional()
    .describe(
      'octets of the largest TCP segment, for paths that lose larger ones (default: what the interface takes)',
    ),
});
