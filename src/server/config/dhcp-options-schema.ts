import { z } from 'zod';

const whole = z.number().int().min(0).max(0xffffffff);
const always = z.boolean().optional().describe('sent to clients that do not ask for it too');

/** A value with its kind: needed for options this server has no name for. */
const typed = z
  .strictObject({
    text: z.string().optional().describe('printable ASCII'),
    ip: z.string().optional().describe('one address'),
    ips: z.array(z.string()).optional().describe('addresses, most preferred first'),
    u8: whole.optional().describe('a number of one octet'),
    u16: whole.optional().describe('a number of two octets'),
    u32: whole.optional().describe('a number of four octets'),
    bool: z.boolean().optional().describe('one octet, 1 or 0'),
    hex: z.string().optional().describe('octets: 01 0a ff'),
    routes: z.array(z.string()).optional().describe('10.0.0.0/8 via 10.188.0.1'),
    domains: z.array(z.string()).optional().describe('names as option 119 has them'),
    always,
  })
  .describe('a value of a kind of its own');

export const optionsSchema = z.record(
  z.string().regex(/^([a-z][a-z0-9-]*|\d{1,3})$/, "wanted an option's name or number"),
  z.union([z.string(), whole, z.boolean(), z.array(z.string()), typed]),
);

export type RawOptions = z.infer<typeof optionsSchema>;
export type RawTypedValue = z.infer<typeof typed>;
