/** captures/README.md has a table of what is there, made from the .yaml beside each capture: `node tools/captures-readme.ts`. */
import { globSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

const FOLDER = resolve(import.meta.dirname, '../captures');
export const CAPTURES_README = join(FOLDER, 'README.md');
const BEGIN = '<!-- made by tools/captures-readme.ts -->';
const END = '<!-- until here -->';

/** The README with its table made anew. Throws where it has no place for one. */
export async function capturesReadme(): Promise<string> {
  const text = await readFile(CAPTURES_README, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${CAPTURES_README}: wanted the lines ${BEGIN} and ${END}`);
  const captures = globSync('**/*.{pcap,pcapng,pcap.gz,pcapng.gz}', { cwd: FOLDER }).sort();
  const rows = await Promise.all(captures.map(row));
  const table = ['| capture | frames | client | holds |', '|---|---|---|---|', ...rows].join('\n');
  return `${text.slice(0, begin)}${BEGIN}\n\n${table}\n\n${text.slice(end)}`;
}

async function row(capture: string): Promise<string> {
  const description = join(FOLDER, capture.replace(/\.(pcap|pcapng)(\.gz)?$/, '.yaml'));
  const { frames, client, holds } = parse(await readFile(description, 'utf8'));
  const cells = [`[${capture}](${capture})`, frames, client, holds].map((cell) =>
    String(cell).replaceAll('|', '\\|'),
  );
  return `| ${cells.join(' | ')} |`;
}

if (import.meta.main) await writeFile(CAPTURES_README, await capturesReadme());
