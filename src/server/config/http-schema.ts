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
});
