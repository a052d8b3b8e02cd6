import { access, constants, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Io, UsageError } from './command.ts';

/** Makes the folder that --report names, and returns it. Throws UsageError where there can be none. */
export async function makeReportFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return folder;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const said = NO_FOLDER[code] ?? message;
    throw new UsageError(
      `--report: ${folder}: ${said}`,
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
};

/** What every command that finds something takes. */
export const DOCUMENT_OPTIONS = { json: { type: 'boolean' }, report: { type: 'string' } } as const;

/** Help for them. */
export const DOCUMENT_HELP = `  --json         one JSON document on standard output
  --report DIR   the same document in a file of this folder`;

/**
 * Hands over what a command found: as JSON where that is asked for, else as text; and as a file of the report folder. The text is
 * written line by line: a large capture's is never held as a whole.
 * Times in nanoseconds (bigint) become text: JSON's numbers do not hold them.
 */
export async function handOver(
  name: string,
  document: unknown,
  text: () => Iterable<string>,
  options: { readonly json?: boolean | undefined; readonly report?: string | undefined },
  io: Io,
): Promise<void> {
  const json = (): string =>
    `${JSON.stringify(document, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value), 2)}\n`;
  if (options.json === true) io.out(json());
  else for (const line of text()) io.out(`${line}\n`);
  if (options.report === undefined) return;
  const folder = await makeReportFolder(resolve(io.cwd, options.report));
  await writeFile(join(folder, `${name}.json`), json());
}
