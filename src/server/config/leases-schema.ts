import { z } from 'zod';

export const leasesSchema = z.strictObject({
  file: z
    .string()
    .min(1)
    .describe('SQLite database, relative to this file; made where it is not there, its folder must be'),
});
