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

/** Facts in seconds are measured, not chosen: two boots of one firmware differ by this much. */
const MEASURED = /-seconds$/;
const MEASURED_TOLERANCE = { seconds: 0.25, share: 0.15 } as const;

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
  const detail =
    outcome === 'changed' && Array.isArray(a) && Array.isArray(b) ? listDifference(a, b) : undefined;
  const allowed = outcome !== 'same' && rules.some((rule) => permits(rule, path, a, b));
  return { outcome, path, a, b, detail, allowed };
}

function isSame(path: string, a: Fact, b: Fact): boolean {
  if (!MEASURED.test(path)) return JSON.stringify(a) === JSON.stringify(b);
  return isNear(a, b, (x, y) =>
    Math.max(MEASURED_TOLERANCE.seconds, MEASURED_TOLERANCE.share * Math.max(x, y)),
  );
}

function permits(rule: AllowedDifference, path: string, a: Fact | undefined, b: Fact | undefined): boolean {
  const { tolerance } = rule;
  if (!matchesPath(rule.path, path)) return false;
  if (tolerance === undefined) return true;
  return a !== undefined && b !== undefined && isNear(a, b, () => tolerance);
}

function isNear(a: Fact, b: Fact, tolerance: (x: number, y: number) => number): boolean {
  const xs = [a].flat();
  const ys = [b].flat();
  return (
    xs.length === ys.length &&
    xs.every((x, i) => {
      const y = ys[i];
      if (typeof x !== 'number' || typeof y !== 'number') return x === y;
      return Math.abs(x - y) <= tolerance(x, y);
    })
  );
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

/** `added 175; gone 60; order changed`. Each value counts as often as it stands there. */
function listDifference(a: readonly unknown[], b: readonly unknown[]): string {
  const added = without(b, a);
  const gone = without(a, b);
  const parts = [
    added.length > 0 ? `added ${added.join(', ')}` : '',
    gone.length > 0 ? `gone ${gone.join(', ')}` : '',
    String(without(a, gone)) === String(without(b, added)) ? '' : 'order changed',
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
