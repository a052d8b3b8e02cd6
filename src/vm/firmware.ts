import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../config/config-error.ts';
import { didYouMean } from '../config/nearest.ts';
import { loadYamlFile } from '../config/yaml-file.ts';
import { type FirmwareFile, firmwareFileSchema } from './firmware-file.ts';

/** An entry of the firmware catalogue. */
export type Firmware = Omit<FirmwareFile, 'nics'> & { readonly id: string };

/**
 * Ids of the catalogue in a folder, sorted. Throws ConfigError: CONFIG_SCHEMA for a wrong file, CONFIG_REFERENCE for an id
 * that two have.
 */
export async function listFirmware(folder: string): Promise<readonly string[]> {
  const entries = await Promise.all((await filesIn(folder)).map((name) => entriesOf(name, folder)));
  const ids = entries
    .flat()
    .map(({ id }) => id)
    .sort();
  const twice = ids.find((id, i) => id === ids[i + 1]);
  if (twice !== undefined) throw catalogueError(folder, `two entries are called "${twice}"`);
  return ids;
}

/** Throws ConfigError: CONFIG_REFERENCE for an unknown id, with the nearest; CONFIG_SCHEMA for a wrong file. */
export async function loadFirmware(id: string, folder: string): Promise<Firmware> {
  // An entry of a file's `nics` begins with that file's name; a file of just that name goes first.
  const likely = (await filesIn(folder)).filter((name) => id === name || id.startsWith(`${name}-`)).reverse();
  for (const name of likely) {
    const found = (await entriesOf(name, folder)).find((entry) => entry.id === id);
    if (found !== undefined) return found;
  }
  const hint = didYouMean(id, await listFirmware(folder));
  throw catalogueError(folder, `no firmware "${id}"`, hint);
}

function catalogueError(folder: string, message: string, hint?: string): ConfigError {
  return new ConfigError('CONFIG_REFERENCE', folder, [{ line: 0, column: 0, field: '', message, hint }]);
}

/** Names of the catalogue's files, sorted, without `.yaml`. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder);
  return files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.replace(/\.yaml$/, ''))
    .sort();
}

/** A file's own entry, and one for each other network card. */
async function entriesOf(name: string, folder: string): Promise<readonly Firmware[]> {
  const { value } = await loadYamlFile(join(folder, `${name}.yaml`), firmwareFileSchema);
  const { nics = {}, ...own } = value;
  const others = Object.entries(nics).map(([suffix, other]): Firmware => {
    const { nic, 'nic-rom': rom, needs = [], title, budget = own.budget, notes = own.notes } = other;
    // Not the other card's ROM: without one of its own it has QEMU's.
    const { 'nic-rom': _, ...qemu } = own.qemu;
    return {
      ...own,
      id: `${name}-${suffix}`,
      title,
      budget,
      notes,
      qemu: {
        ...qemu,
        nic,
        ...(rom === undefined ? {} : { 'nic-rom': rom }),
        needs: [...(qemu.needs ?? []), ...needs],
      },
    };
  });
  return [{ id: name, ...own }, ...others];
}
