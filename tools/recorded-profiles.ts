/**
 * Profiles of captures/recorded, from their captures: `node tools/recorded-profiles.ts`, where what a profile holds has
 * changed. Title and allowed differences are what stands there. A profile of the old form need not be readable any more.
 */
import { globSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { parse } from 'yaml';
import { profileOfCapture } from '../src/profile/capture-profile.ts';
import type { AllowedDifference } from '../src/profile/profile.ts';
import { profileText } from '../src/profile/profile-text.ts';
import { mac } from '../src/wire/address.ts';

const ROOT = resolve(import.meta.dirname, '..');
export const RECORDED_FOLDER = join(ROOT, 'captures', 'recorded');
const SUFFIX = '.profile.yaml';

type Stored = { readonly title: string; readonly 'allowed-differences': readonly AllowedDifference[] };

/** File names of the profiles, sorted. */
export function recordedProfiles(): readonly string[] {
  return globSync(`*${SUFFIX}`, { cwd: RECORDED_FOLDER }).sort();
}

/** The text that a profile's file has to have. */
export async function recordedProfile(name: string): Promise<string> {
  const stem = join(RECORDED_FOLDER, name.slice(0, -SUFFIX.length));
  const stored = parse(await readFile(join(RECORDED_FOLDER, name), 'utf8')) as Stored;
  const { client } = parse(await readFile(`${stem}.yaml`, 'utf8')) as { readonly client: string };
  const address = /[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.exec(client)?.[0];
  if (address === undefined) throw new Error(`${stem}.yaml: client: wanted a MAC address at its end`);
  const [capture] = globSync(`${stem}.{pcap,pcapng,pcap.gz,pcapng.gz}`);
  if (capture === undefined) throw new Error(`${stem}: no capture`);
  const { profile } = await profileOfCapture(capture, mac(address));
  const schema = relative(RECORDED_FOLDER, join(ROOT, 'schemas', 'profile.schema.json'));
  return profileText(
    { ...profile, title: stored.title, 'allowed-differences': stored['allowed-differences'] },
    schema,
  );
}

if (import.meta.main)
  for (const name of recordedProfiles())
    await writeFile(join(RECORDED_FOLDER, name), await recordedProfile(name));
