import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigError } from '../config/config-error.ts';
import { didYouMean } from '../config/nearest.ts';
import { matchesPattern } from '../scenario/pattern.ts';
import { findScenarioFiles, type KnownNames, loadScenario, type Scenario } from '../scenario/scenario.ts';
import { UsageError } from './command.ts';

/**
 * The scenarios that the words of a command line mean, sorted: an id, a folder of ids, a pattern with `*`, or the path
 * of a file or folder; all where there are no words. Throws UsageError for a word that means none, and one ConfigError with the
 * problems of every file that cannot be used.
 */
export async function selectScenarios(
  words: readonly string[],
  folder: string,
  known: KnownNames,
): Promise<readonly Scenario[]> {
  const files = await findScenarioFiles(folder);
  const ids = files.map((file) => idOf(file, folder));
  const chosen = new Set<string>();
  for (const word of words) {
    const matching = files.filter((file, i) => file === resolve(word) || isMeant(word, ids[i] ?? ''));
    for (const file of matching.length > 0 ? matching : await ownFiles(word, ids)) chosen.add(file);
  }
  const loaded = await Promise.allSettled(
    (words.length === 0 ? files : [...chosen].sort()).map((file) => loadScenario(file, folder, known)),
  );
  const wrong = loaded.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  for (const reason of wrong) if (!(reason instanceof ConfigError)) throw reason;
  const [first, ...others] = wrong as ConfigError[];
  if (first !== undefined) {
    if (others.length === 0) throw first;
    throw new AggregateError(wrong, wrong.map((error) => (error as Error).message).join('\n'));
  }
  return loaded.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

function isMeant(word: string, id: string): boolean {
  const plain = word
    .replace(/^scenarios\//, '')
    .replace(/\.yaml$/, '')
    .replace(/\/$/, '');
  return id === plain || id.startsWith(`${plain}/`) || matchesPattern(plain, id);
}

function idOf(file: string, folder: string): string {
  return file.slice(folder.length + 1).replace(/\.yaml$/, '');
}

/** The file of that path, or all of the folder of that path, wherever they lie. Throws UsageError where there is none. */
async function ownFiles(word: string, ids: readonly string[]): Promise<readonly string[]> {
  const path = resolve(word);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) {
    if (word.endsWith('.yaml')) return [path];
    throw new UsageError(`no scenario "${word}"`, 'a file of a scenario ends in .yaml');
  }
  if (found?.isDirectory() === true) {
    const inside = await findScenarioFiles(path);
    if (inside.length > 0) return inside;
    throw new UsageError(`no scenario in ${path}`, 'wanted a folder with .yaml files');
  }
  const isPath = word.endsWith('.yaml') || /^[./]/.test(word);
  if (isPath)
    throw new UsageError(
      `no scenario "${word}": no such file or folder (${path})`,
      'pxebench list scenarios',
    );
  throw new UsageError(`no scenario "${word}"`, didYouMean(word, ids));
}
