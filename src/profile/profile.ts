import { z } from 'zod';
import type { Stage } from '../story/event.ts';
import { FACTS, TOPICS, type Topic } from './facts.ts';

export type Fact = string | number | boolean | (string | number | boolean)[];
/** Topic, subject, fact. */
export type Topics = { [T in Topic]?: Record<string, Record<string, Fact>> };

/** The version is that of the names in FACTS, too: who reads a fact may go by it. */
export const PROFILE_FORMAT = 'pxebench-profile/1';

const STAGES: readonly Stage[] = ['firmware', 'ipxe', 'os'];

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const fact = z.union([scalar, z.array(scalar)]).meta({ id: 'fact' });

const allowedDifference = z.strictObject({
  path: z
    .string()
    .min(1)
    .refine(canMatch, {
      error:
        'wanted stage.topic.subject.fact, with * or ** for parts of it, of a stage and a topic that there are',
    })
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

const topics = z
  .strictObject(
    Object.fromEntries(
      Object.entries(FACTS).map(([topic, names]) => [
        topic,
        z
          .record(z.string(), subjectOf(names))
          .optional()
          .describe(TOPICS[topic as Topic]),
      ]),
    ),
  )
  // Written once in the JSON Schema.
  .meta({ id: 'topics' });

function subjectOf(names: Readonly<Record<string, string>>): z.ZodType {
  return z.strictObject(
    Object.fromEntries(Object.entries(names).map(([name, said]) => [name, fact.optional().describe(said)])),
  );
}

const schema = z.strictObject({
  format: z.literal(PROFILE_FORMAT).describe('what this file is, and its version'),
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

export type AllowedDifference = { readonly path: string; readonly tolerance?: number | undefined };
export type ClientProfile = {
  readonly format: typeof PROFILE_FORMAT;
  readonly title: string;
  readonly 'allowed-differences'?: readonly AllowedDifference[] | undefined;
  readonly stages: { [S in Stage]?: Topics };
};

/** A rule whose stage or topic is misspelt would allow nothing, and say nothing of it. */
function canMatch(path: string): boolean {
  const [stage = '', topic = '', ...more] = path.split('.');
  const isSome = (names: readonly string[], part: string): boolean =>
    part.includes('*') || names.includes(part);
  if (!isSome(STAGES, stage)) return false;
  return (
    stage.includes('**') || (isSome(Object.keys(FACTS), topic) && (more.length > 0 || topic.includes('**')))
  );
}

/** How one kind of client behaves on the wire: no addresses, times of day, transaction numbers or file sizes. */
// Zod cannot tell the types of topics that are made from a table.
export const profileSchema = schema as unknown as z.ZodType<ClientProfile>;

/** `firmware.dhcp.discover.options` and what stands there, in the order of the profile. */
export function flatten({ stages }: ClientProfile): ReadonlyMap<string, Fact> {
  const facts = new Map<string, Fact>();
  for (const [stage, topicsOf] of Object.entries(stages))
    for (const [topic, subjects] of Object.entries(topicsOf ?? {}))
      for (const [subject, named] of Object.entries(subjects ?? {}))
        for (const [name, value] of Object.entries(named))
          facts.set([stage, topic, subject, name].join('.'), value);
  return facts;
}
