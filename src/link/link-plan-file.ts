import { z } from 'zod';

/** What a rule is about. A word behind the protocol is the kind of message. */
export const FRAME_KINDS = [
  'frame',
  'arp',
  'ipv4',
  'ipv6',
  'icmp',
  'udp',
  'tcp',
  'dhcp',
  'dhcp discover',
  'dhcp offer',
  'dhcp request',
  'dhcp decline',
  'dhcp ack',
  'dhcp nak',
  'dhcp release',
  'dhcp inform',
  'tftp',
  'tftp rrq',
  'tftp wrq',
  'tftp data',
  'tftp ack',
  'tftp oack',
  'tftp error',
  'dns',
  'http',
] as const;

export type FrameKind = (typeof FRAME_KINDS)[number];

const kind = z.enum(FRAME_KINDS);
const count = z.number().int().min(1).max(1_000_000);
const seconds = z.number().min(0).max(3600);
const octets = z.number().int().min(0).max(65_535);

/** Which of those frames: all that a rule says must hold. */
const selection = {
  going: z.enum(['from-client', 'to-client']).optional().describe('only in this direction'),
  port: z.number().int().min(1).max(65_535).optional().describe('only to or from this UDP or TCP port'),
  'longer-than': octets.optional().describe('only with more octets than this behind the Ethernet header'),
  after: kind.optional().describe('only once such a frame was seen since the machine was switched on'),
  until: kind.optional().describe('only until such a frame is seen, that one not included'),
  first: count.optional().describe('only the first so many of them'),
  number: z
    .union([count, z.array(count).min(1)])
    .optional()
    .describe('only these of them, counted from 1'),
  every: count.optional().describe('only every so manieth of them: 10 is the 10th, the 20th, ...'),
  chance: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe("only so many of them, by a chance that the plan's seed decides"),
  within: seconds
    .optional()
    .describe('only those that come within so many seconds of the last one left alone'),
};

const numbers = z.array(z.number().int().min(0).max(255));
const optionCode = z
  .string()
  .regex(/^([1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-4])$/, 'wanted a number from 1 to 254');

const RULE_SCHEMAS = {
  lose: z.strictObject({ lose: kind.describe('these never arrive'), ...selection }),
  delay: z.strictObject({
    delay: kind.describe('these arrive later; frames of the same rule do not overtake each other'),
    by: z
      .union([seconds, z.tuple([seconds, seconds])])
      .describe('seconds; two numbers: between these, by chance'),
    ...selection,
  }),
  duplicate: z.strictObject({
    duplicate: kind.describe('these arrive more than once'),
    copies: z.number().int().min(1).max(100).optional().describe('besides the frame itself; 1 if left out'),
    by: seconds.optional().describe('seconds between one and the next; 0 if left out'),
    ...selection,
  }),
  reorder: z.strictObject({
    reorder: kind.describe('these are overtaken by those behind them'),
    behind: z.number().int().min(1).max(1000).optional().describe('how many overtake it; 1 if left out'),
    'at-most': seconds.optional().describe('seconds it waits for them; 1 if left out'),
    ...selection,
  }),
  corrupt: z.strictObject({
    corrupt: kind.describe('in these one bit behind the Ethernet header is turned over'),
    checksums: z
      .enum(['left', 'mended'])
      .optional()
      .describe('left: the receiver can tell (if left out). mended: it cannot'),
    ...selection,
  }),
  cut: z.strictObject({
    cut: kind.describe('of these only the beginning arrives'),
    to: octets.describe('octets behind the Ethernet header'),
    ...selection,
  }),
  rewrite: z.strictObject({
    rewrite: z
      .enum(['dhcp', 'dhcp discover', 'dhcp request', 'dhcp offer', 'dhcp ack'])
      .describe('in these messages something is changed; lengths and checksums are right again'),
    remove: z.array(z.number().int().min(1).max(254)).optional().describe('options to take out'),
    set: z
      .record(optionCode, z.union([z.string(), numbers]))
      .optional()
      .describe('options to put in, or in place of those there: a text, or octets as numbers'),
    order: z
      .array(z.number().int().min(1).max(254))
      .optional()
      .describe('options in this order; those not named come last'),
    broadcast: z.boolean().optional().describe('the broadcast flag'),
    secs: z.number().int().min(0).max(65_535).optional().describe('the field secs'),
    length: z
      .number()
      .int()
      .min(244)
      .max(1472)
      .optional()
      .describe('octets of the message at least: zeros are added'),
    ttl: z.number().int().min(1).max(255).optional().describe('time to live of the IPv4 packet'),
    ...selection,
  }),
  reset: z.strictObject({
    reset: z
      .enum(['tcp', 'http'])
      .describe('each of these is lost, and both ends are told by RST that the other one closed'),
    ...selection,
  }),
  down: z.strictObject({
    down: seconds.describe('seconds for which nothing passes in either direction'),
    from: seconds.optional().describe('seconds after the machine was switched on; 0 if left out'),
  }),
} as const;

export const linkRuleSchema = z.union(Object.values(RULE_SCHEMAS));

/** A cable and its faults: `link:` of a client or of a firmware, or a file of its own. */
export const linkPlanSchema = z.strictObject({
  rules: z.array(linkRuleSchema).min(1).describe('every frame goes through all of them, in this order'),
  about: z.string().optional().describe('what it stands for'),
  seed: z
    .number()
    .int()
    .min(0)
    .max(0xffff_ffff)
    .optional()
    .describe('decides all chances: the same seed gives the same faults; 1 if left out'),
});

export type LinkPlanFile = z.infer<typeof linkPlanSchema>;
export type LinkRule = z.infer<typeof linkRuleSchema>;
/** A rule about frames, not about time. */
export type FrameRule = Exclude<LinkRule, { down: number }>;
