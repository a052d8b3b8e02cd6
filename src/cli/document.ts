import { existsSync } from 'node:fs';
import { access, constants, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Io, UsageError } from './command.ts';
import { jsonText } from './json-text.ts';

/** Makes the folder that --report (or another option) names, and returns it. Throws UsageError where there can be none. */
export async function makeReportFolder(folder: string, option = '--report'): Promise<string> {
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK);
    return folder;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const said = NO_FOLDER[code] ?? message;
    throw new UsageError(
      `${option}: ${folder}: ${said}`,
      'name a folder of yours; it is made where there is none',
      error,
    );
  }
}

const NO_FOLDER: Readonly<Record<string, string>> = {
  EEXIST: 'wanted a folder, got a file',
  ENOTDIR: 'a part of the path is a file',
  EACCES: 'may not be written to',
  EROFS: 'may not be written to',
  ENOENT: 'no folder can be made there',
};

/** What every command that finds something takes. */
export const DOCUMENT_OPTIONS = { json: { type: 'boolean' }, report: { type: 'string' } } as const;

/** Characters of text that are written at once. */
const PAGE = 64 * 1024;

/** Help for them. */
export const DOCUMENT_HELP = `  --json         one JSON document on standard output
  --report DIR   the same document in a file of this folder`;

/**
 * Hands over what a command found: as JSON where that is asked for, else as text; and as a file of the report folder. Both are
 * written page by page: a large capture's are never held as a whole (Unrolled in json-text.ts).
 */
export async function handOver(
  name: string,
  document: unknown,
  text: () => Iterable<string>,
  options: { readonly json?: boolean | undefined; readonly report?: string | undefined },
  io: Io,
): Promise<void> {
  for (const page of pages(options.json === true ? jsonText(document) : lines(text()))) {
    io.out(page);
    await io.drained();
  }
  if (options.report === undefined) return;
  const folder = await makeReportFolder(resolve(io.cwd, options.report));
  await writeFile(join(folder, `${name}.json`), pages(jsonText(document)));
}

function* lines(texts: Iterable<string>): Generator<string> {
  for (const text of texts) yield `${text}\n`;
}

/** Some pieces at a time: each write costs a system call. */
function* pages(pieces: Iterable<string>): Generator<string> {
  let page = '';
  for (const piece of pieces) {
    page += piece;
    if (page.length < PAGE) continue;
    yield page;
    page = '';
  }
  if (page !== '') yield page;
}

/**
 * Makes a folder and those above it. Not by `recursive`: where the kernel says ENOENT of a folder whose parent is there (/proc),
 * Node 24 asks again without end.
 */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    if (code !== 'ENOENT' || existsSync(dirname(folder))) throw error;
    await makeFolder(dirname(folder));
    await makeFolder(folder);
  }
}
