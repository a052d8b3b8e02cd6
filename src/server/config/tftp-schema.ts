import { z } from 'zod';
import { port } from './field-schemas.ts';

export const tftpSchema = z.strictObject({
  root: z.string().min(1).describe('folder of files, relative to this file'),
  port: port.optional(),
  'max-blksize': z.number().int().min(8).max(65_464).optional().describe('default: 1468, a 1500 octet link'),
  'max-windowsize': z.number().int().min(1).max(64).optional().describe('default: 16'),
  'max-transfers': z.number().int().min(1).max(10_000).optional().describe('at once (default: 1000)'),
  'max-transfers-per-client': z.number().int().min(1).max(1000).optional().describe('default: 100'),
});
