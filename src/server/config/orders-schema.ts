import { z } from 'zod';
import { word } from './field-schemas.ts';

export const orderSchema = z.union([
  z.literal('exit'),
  z.strictObject({ chain: word.describe('URL') }),
  z.strictObject({
    sanboot: z
      .strictObject({
        uri: word.describe('iscsi:server:protocol:port:LUN:target'),
        'initiator-iqn': word.optional().describe('the name iPXE logs in with'),
      })
      .describe('boots a disk over the network'),
  }),
  z.strictObject({ script: z.string().min(1).describe('iPXE commands; {{serial}} is what the client sent') }),
]);

const patterns = z.union([z.string(), z.array(z.string()).min(1)]);

export const ruleSchema = z.strictObject({
  match: z
    .record(z.string().min(1), patterns)
    .refine((match) => Object.keys(match).length > 0, 'wanted at least one variable')
    .describe('variables as boot2 gets them, each with one pattern or several; * and ? are wildcards'),
  order: orderSchema.describe('what such a client is told to do'),
});

export type RawOrder = z.infer<typeof orderSchema>;
