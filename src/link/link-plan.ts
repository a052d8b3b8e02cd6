import type { FrameKind, LinkPlanFile, LinkRule } from './link-plan-file.ts';

/** What a link does, decided. */
export type LinkPlan = { readonly seed: number; readonly rules: readonly LinkRule[] };

const SEED = 1;

/** One plan of several: the rules one after the other, those of the first nearest to the client. The last seed given counts. */
export function linkPlan(files: readonly LinkPlanFile[], seed?: number): LinkPlan | undefined {
  if (files.length === 0) return undefined;
  const given = files.findLast((file) => file.seed !== undefined)?.seed;
  return { seed: seed ?? given ?? SEED, rules: files.flatMap(({ rules }) => rules) };
}

/** What a rule is about; undefined for one about time. */
export function kindOf(rule: LinkRule): FrameKind | undefined {
  const [what] = Object.values(rule);
  return typeof what === 'string' ? (what as FrameKind) : undefined;
}

/** `lose dhcp offer, first 1`: a rule as one line, in the words of the file. */
export function formatRule(rule: LinkRule): string {
  return Object.entries(rule)
    .map(([key, value]) => `${key} ${text(value)}`)
    .join(', ');
}

/** Of a mapping only the keys: the values of options are long. */
function text(value: unknown): string {
  if (Array.isArray(value)) return value.join(' ');
  return value !== null && typeof value === 'object' ? Object.keys(value).join(' ') : String(value);
}
