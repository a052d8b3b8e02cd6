import { z } from 'zod';

export const proxySchema = z.strictObject({
  'boot-server': z
    .boolean()
    .optional()
    .describe('answers on port 4011 too, where some firmware asks whatever it was offered (default: true)'),
});
