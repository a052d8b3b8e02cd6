import { z } from 'zod';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const fact = z.union([scalar, z.array(scalar)]);
const topics = z.record(z.string(), z.record(z.string(), z.record(z.string(), fact)));

const allowedDifference = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe('stage.topic.subject.fact; * stands for one part of it, ** for any number of them'),
  tolerance: z
    .number()
    .min(0)
    .optional()
    .describe('numbers may differ by this much; anything may differ where it is absent'),
});

const allowedDifferencesSchema = z.array(allowedDifference);

/** What `--allow` names: a file that says what may differ, and nothing else. */
export const allowedFileSchema = z.strictObject({ 'allowed-differences': allowedDifferencesSchema });

/** How one kind of client behaves on the wire: no addresses, times of day, transaction numbers or file sizes. */
export const profileSchema = z.strictObject({
  format: z.literal('pxebench-profile/1').describe('what this file is, and its version'),
  title: z.string().min(1).describe('who this is, in a few words'),
  'allowed-differences': allowedDifferencesSchema
    .optional()
    .describe('what another capture of this kind of client may do differently'),
  stages: z
    .strictObject({
      firmware: topics.optional().describe('what the machine starts with'),
      ipxe: topics.optional().describe('iPXE, whoever started it'),
      os: topics.optional().describe('the operating system'),
    })
    .describe('by the program that spoke: topic, subject, fact'),
});

export type ClientProfile = z.infer<typeof profileSchema>;
export type Fact = z.infer<typeof fact>;
export type AllowedDifference = z.infer<typeof allowedDifference>;

/** `firmware.dhcp.discover.options` and what stands there, in the order of the profile. */
export function flatten({ stages }: ClientProfile): ReadonlyMap<string, Fact> {
  const facts = new Map<string, Fact>();
  for (const [stage, topicsOf] of Object.entries(stages))
    for (const [topic, subjects] of Object.entries(topicsOf ?? {}))
      for (const [subject, named] of Object.entries(subjects))
        for (const [name, value] of Object.entries(named))
          facts.set([stage, topic, subject, name].join('.'), value);
  return facts;
}
