import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { loadYamlFile } from '../config/yaml-file.ts';
import { profileOfCapture } from '../profile/capture-profile.ts';
import { type ComparedRow, compareProfiles } from '../profile/compare-profiles.ts';
import { type ClientProfile, type Fact, profileSchema } from '../profile/profile.ts';
import type { ProvenProfile } from '../profile/profile-of.ts';
import type { Failure } from '../report/result.ts';
import type { MacAddress } from '../wire/address.ts';

/** A profile in a file. */
export type StoredProfile = {
  /** Absolute. */
  readonly path: string;
  readonly profile: ClientProfile;
  /** The capture it was made of, where that stands beside it: `x.pcapng` beside `x.profile.yaml`. */
  readonly capture: string | undefined;
};

const SUFFIX = '.profile.yaml';
const CITED_FRAMES = 3;

/** Throws ConfigError for a file that is no profile. */
export async function loadStoredProfile(path: string): Promise<StoredProfile> {
  const { value } = await loadYamlFile(path, profileSchema);
  const stem = path.endsWith(SUFFIX) ? path.slice(0, -SUFFIX.length) : undefined;
  const beside = stem === undefined ? [] : [`${stem}.pcapng`, `${stem}.pcap`];
  return { path, profile: value, capture: beside.find((capture) => existsSync(capture)) };
}

/**
 * How a client behaved in a boot, held against its profile: a failure for each fact that differs and may not, with the
 * frames of both captures. `line` is that of the scenario's `profile`.
 */
export async function holdProfile(
  stored: StoredProfile,
  boot: ProvenProfile,
  { mac, line }: { readonly mac: MacAddress; readonly line: number },
): Promise<readonly Failure[]> {
  const rows = compareProfiles(stored.profile, boot.profile, stored.profile['allowed-differences']);
  const different = rows.filter(({ outcome, allowed }) => outcome !== 'same' && !allowed);
  if (different.length === 0) return [];
  const recorded =
    stored.capture === undefined ? new Map() : (await profileOfCapture(stored.capture, mac)).frames;
  return different.map((row): Failure => {
    const wanted = side(row.a, recorded.get(row.path), `of ${basename(stored.capture ?? stored.path)}`);
    const got = side(row.b, boot.frames.get(row.path), 'of this boot');
    const detail = row.detail === undefined ? '' : ` (${row.detail})`;
    return {
      rule: 'profile',
      step: row.path,
      line,
      event: undefined,
      differences: [{ field: fieldOf(row), wanted, got: `${got}${detail}` }],
      message: `wanted ${wanted}, got ${got}${detail}`,
    };
  });
}

function fieldOf({ path }: ComparedRow): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function side(value: Fact | undefined, frames: readonly number[] | undefined, whose: string): string {
  if (value === undefined) return 'nothing of the kind';
  const text = Array.isArray(value) ? value.join(' ') || '(none)' : String(value);
  if (frames === undefined || frames.length === 0) return text;
  const cited = [...new Set(frames)];
  const more = cited.length > CITED_FRAMES ? ' …' : '';
  return `${text}  [${cited
    .slice(0, CITED_FRAMES)
    .map((frame) => `#${frame}`)
    .join(' ')}${more} ${whose}]`;
}
