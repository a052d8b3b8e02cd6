import type { ComparedRow } from './compare-profiles.ts';

/** Facts that one side has and the other has nothing beside: a stage, a topic or a subject as a whole. */
export type FoldedRows = {
  readonly outcome: 'gone' | 'new';
  /** `ipxe`, `ipxe.http` or `ipxe.http.get`. */
  readonly path: string;
  readonly allowed: boolean;
  readonly facts: number;
  /** Those of all its facts, one after the other. */
  readonly rows: readonly ComparedRow[];
};

/** Stage, topic, subject. */
const DEPTHS = [1, 2, 3] as const;

/**
 * The rows in their order, but for what only one side has: that stands as one, where its first row stood. A part of which some
 * facts may differ and some may not stays apart.
 */
export function foldRows(rows: readonly ComparedRow[]): readonly (ComparedRow | FoldedRows)[] {
  const parts = new Map<string, ComparedRow[]>();
  for (const row of rows)
    for (const depth of DEPTHS) {
      const part = partOf(row, depth);
      const those = parts.get(part);
      if (those === undefined) parts.set(part, [row]);
      else those.push(row);
    }
  const told = new Set<string>();
  return rows.flatMap((row): readonly (ComparedRow | FoldedRows)[] => {
    const { outcome, allowed } = row;
    if (outcome !== 'gone' && outcome !== 'new') return [row];
    for (const depth of DEPTHS) {
      const path = partOf(row, depth);
      const those = parts.get(path) ?? [];
      if (those.length < 2 || !those.every((one) => one.outcome === outcome && one.allowed === allowed))
        continue;
      if (told.has(path)) return [];
      told.add(path);
      return [{ outcome, path, allowed, facts: those.length, rows: those }];
    }
    return [row];
  });
}

function partOf({ path }: ComparedRow, depth: number): string {
  return path.split('.').slice(0, depth).join('.');
}
