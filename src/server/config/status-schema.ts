import { z } from 'zod';
import { domainName, ipv4, port } from './field-schemas.ts';

export const statusSchema = z.strictObject({
  address: ipv4
    .optional()
    .describe(
      'where it listens (default: 127.0.0.1); it asks nobody for a password, so think who can reach it',
    ),
  port: port.optional().describe('default: 8067; 0: any'),
  names: z
    .array(domainName)
    .max(16)
    .optional()
    .describe('names under which browsers may ask for it, beside addresses and localhost'),
});
