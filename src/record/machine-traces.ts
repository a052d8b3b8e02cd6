import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

/** What would tell whose machine a recording was made on. */
export type Machine = { readonly hostName: string; readonly folders: readonly string[] };

/** Shorter names stand in every other program by chance: `vm`, `pc`. */
const SHORTEST = 5;

/** Where files of a recording hold the name of this machine or a path of it, a sentence each. None, for all we can see. */
export async function machineTraces(
  files: readonly string[],
  { hostName, folders }: Machine,
): Promise<readonly string[]> {
  const traces = [hostName, ...folders].filter((text) => text.length >= SHORTEST);
  const found = files.map(async (file) => {
    const octets = await readFile(file);
    return traces.flatMap((text) => {
      const at = octets.indexOf(text);
      return at < 0
        ? []
        : [`${basename(file)} has "${text}" of this machine at octet ${at}: look before you pass it on`];
    });
  });
  return (await Promise.all(found)).flat();
}
