import { type AllowedDifference, type ClientProfile, type Fact, flatten } from './profile.ts';

export type ComparedRow = {
  readonly outcome: 'same' | 'changed' | 'gone' | 'new';
  /** `firmware.dhcp.discover.options`. */
  readonly path: string;
  readonly a: Fact | undefined;
  readonly b: Fact | undefined;
  /** For lists: what was added, removed and moved. */
  readonly detail: string | undefined;
  /** Differs, and may. */
  readonly allowed: boolean;
};

type Tolerance = (x: number, y: number) => number;

/**
 * Facts that are measured, not chosen: two boots of one firmware differ by so much. How often something is tried hangs on
 * when it was answered.
 */
const MEASURED: readonly { readonly name: RegExp; readonly tolerance: Tolerance }[] = [
  { name: /-seconds$/, tolerance: (x, y) => Math.max(0.25, 0.15 * Math.max(x, y)) },
  { name: /(^|\.|-)(tries|count)$/, tolerance: () => 1 },
  { name: /-per-ack$/, tolerance: (x, y) => 0.5 * Math.max(x, y) },
];
/** Pauses between tries: who was answered earlier has fewer of them, and they are the same as far as they go. */
const PAUSES = /(intervals|repeat)-seconds$/;

/** Every fact of either profile, in A's order, what only B has last. */
export function compareProfiles(
  a: ClientProfile,
  b: ClientProfile,
  allowed: readonly AllowedDifference[] = [],
): readonly ComparedRow[] {
  const left = flatten(a);
  const right = flatten(b);
  const paths = [...left.keys(), ...[...right.keys()].filter((path) => !left.has(path))];
  return paths.map((path) => compareFact(path, left.get(path), right.get(path), allowed));
}

function compareFact(
  path: string,
  a: Fact | undefined,
  b: Fact | undefined,
  rules: readonly AllowedDifference[],
): ComparedRow {
  const outcome =
    a === undefined ? 'new' : b === undefined ? 'gone' : isSame(path, a, b) ? 'same' : 'changed';
  const isMeasured = MEASURED.some(({ name }) => name.test(path));
  const detail =
    outcome === 'changed' && Array.isArray(a) && Array.isArray(b) && !isMeasured
      ? listDifference(a, b)
      : undefined;
  const allowed = outcome !== 'same' && rules.some((rule) => permits(rule, path, a, b));
  return { outcome, path, a, b, detail, allowed };
}

function isSame(path: string, a: Fact, b: Fact): boolean {
  const measured = MEASURED.find(({ name }) => name.test(path));
  if (measured === undefined) return JSON.stringify(a) === JSON.stringify(b);
  return isNear(path, a, b, measured.tolerance);
}

function permits(rule: AllowedDifference, path: string, a: Fact | undefined, b: Fact | undefined): boolean {
  const { tolerance } = rule;
  if (!matchesPath(rule.path, path)) return false;
  if (tolerance === undefined) return true;
  return a !== undefined && b !== undefined && isNear(path, a, b, () => tolerance);
}

function isNear(path: string, a: Fact, b: Fact, tolerance: Tolerance): boolean {
  const xs = [a].flat();
  const ys = [b].flat();
  if (xs.length !== ys.length && !PAUSES.test(path)) return false;
  return xs.slice(0, ys.length).every((x, i) => {
    const y = ys[i];
    if (typeof x !== 'number' || typeof y !== 'number') return x === y;
    return Math.abs(x - y) <= tolerance(x, y);
  });
}

/** `*` is one part between dots (or some of it), `**` any number of parts. */
export function matchesPath(glob: string, path: string): boolean {
  const pattern = glob
    .split(/(\*\*|\*)/)
    .map((part) =>
      part === '**' ? '.*' : part === '*' ? '[^.]*' : part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
    )
    .join('');
  return new RegExp(`^${pattern}$`).test(path);
}

/** `added 175; gone 60; order changed`. Each value counts as often as it stands there. Undefined where nothing stayed. */
function listDifference(a: readonly unknown[], b: readonly unknown[]): string | undefined {
  const added = without(b, a);
  const gone = without(a, b);
  const stayed = without(a, gone);
  if (stayed.length === 0) return undefined;
  const parts = [
    added.length > 0 ? `added ${added.join(', ')}` : '',
    gone.length > 0 ? `gone ${gone.join(', ')}` : '',
    String(stayed) === String(without(b, added)) ? '' : 'order changed',
  ];
  return parts.filter((part) => part !== '').join('; ');
}

function without(list: readonly unknown[], taken: readonly unknown[]): readonly unknown[] {
  const left = [...taken];
  return list.filter((value) => {
    const at = left.indexOf(value);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
