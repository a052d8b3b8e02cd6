import { z } from 'zod';
import { port } from './field-schemas.ts';

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
});
