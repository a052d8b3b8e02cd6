import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../config/config-error.ts';
import { didYouMean } from '../config/nearest.ts';
import { loadYamlFile } from '../config/yaml-file.ts';
import { type FirmwareFile, firmwareFileSchema } from './firmware-file.ts';

/** An entry of the firmware catalogue. */
export type Firmware = FirmwareFile & { readonly id: string };

/** Ids of the catalogue in a folder, sorted. */
export async function listFirmware(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder);
  return files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.replace(/\.yaml$/, ''))
    .sort();
}

/** Throws ConfigError: CONFIG_REFERENCE for an unknown id, with the nearest; CONFIG_SCHEMA for a wrong file. */
export async function loadFirmware(id: string, folder: string): Promise<Firmware> {
  const ids = await listFirmware(folder);
  if (!ids.includes(id)) {
    const hint = didYouMean(id, ids);
    throw new ConfigError('CONFIG_REFERENCE', folder, [
      { line: 0, column: 0, field: '', message: `no firmware "${id}"`, hint },
    ]);
  }
  const { value } = await loadYamlFile(join(folder, `${id}.yaml`), firmwareFileSchema);
  return { id, ...value };
}
