/** docs/checks.md, made from the checks and the catalogue of clauses: `node tools/checks-doc.ts`. */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ALL_CHECKS } from '../src/checks/all-checks.ts';
import { clauseName } from '../src/report/checks-text.ts';

const DOCS = resolve(import.meta.dirname, '../docs');
export const CHECKS_DOC = join(DOCS, 'checks.md');

const HEAD = `# Checks

One check is one clause of a specification, judged from frames. \`pxebench explain --checks CAPTURE\` runs them over a capture;
\`pxebench list checks\` has this list. Ids are permanent. Rows are those of [the catalogue of clauses](clauses.md).

Made by \`node tools/checks-doc.ts\`.
`;

/** The page as it is to be. */
export async function checksDoc(): Promise<string> {
  const catalogue = await readFile(join(DOCS, 'clauses.md'), 'utf8');
  const rows = [...catalogue.matchAll(/^\| ([A-Z0-9]+-\d{3}) \| ([^|]+) \| ((?:\\\||[^|])+) \|/gm)].map(
    ([, id = '', level = '', statement = '']) => ({ id, level, statement }),
  );
  const held = new Set(ALL_CHECKS.flatMap((check) => check.rows));
  const open = rows.filter(({ id }) => !held.has(id));
  const groups = Map.groupBy(ALL_CHECKS, ({ id }) => id.split('.', 1)[0] ?? '');
  const tables = [...groups].map(([group, checks]) => {
    const lines = checks.map(({ id, subject, clause, rows: own }) => {
      const text = 'quote' in clause ? `“${clause.quote}”` : clause.says;
      return `| \`${id}\` | ${subject} | ${clauseName(clause)} | ${text.replaceAll('|', '\\|')} | ${own.join(', ')} |`;
    });
    return `\n## ${group}\n\n| id | who | clause | what it says | rows |\n|---|---|---|---|---|\n${lines.join('\n')}\n`;
  });
  const missing = open.map(({ id, level, statement }) => `| ${id} | ${level} | ${statement} |`);
  return `${HEAD}${tables.join('')}
## Rows without a check

${rows.length - open.length} of ${rows.length} rows of the catalogue have a check. The others have none yet: most want a
client that provokes them, or frames below the messages.

| row | level | what it says |
|---|---|---|
${missing.join('\n')}
`;
}

if (import.meta.main) await writeFile(CHECKS_DOC, await checksDoc());
