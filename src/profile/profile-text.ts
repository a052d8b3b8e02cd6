import { Document, isScalar, visit } from 'yaml';
import { BETWEEN_RUNS } from './between-runs.ts';
import type { ClientProfile } from './profile.ts';

/**
 * A profile as a YAML file: with the path of the schema for editors, where there is one, and with what another run may do
 * differently where it does not say so itself. Lists stand on one line each: an option list of thirty codes is read as one
 * thing.
 */
export function profileText(
  { format, title, stages, ...more }: ClientProfile,
  schema: string | undefined,
): string {
  const allowed = more['allowed-differences'] ?? BETWEEN_RUNS;
  const document = new Document({ format, title, 'allowed-differences': allowed, stages });
  visit(document, {
    Seq: (_key, list) => {
      list.flow = list.items.every(isScalar);
    },
  });
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  return schema === undefined ? text : `# yaml-language-server: $schema=${schema}\n${text}`;
}
