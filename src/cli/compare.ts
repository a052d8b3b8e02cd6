import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadYamlFile } from '../config/yaml-file.ts';
import { type ComparedRow, compareProfiles } from '../profile/compare-profiles.ts';
import { type AllowedDifference, allowedFileSchema, type ClientProfile } from '../profile/profile.ts';
import { profileText } from '../profile/profile-text.ts';
import { parseArguments } from './arguments.ts';
import { type Command, EXIT, type Io, UsageError } from './command.ts';
import { compareTable, type FramesOf } from './compare-table.ts';
import { comparedClient } from './compared-client.ts';
import { DOCUMENT_HELP, DOCUMENT_OPTIONS, handOver } from './document.ts';

const HELP = `pxebench compare A B: how the behaviour of two clients differs

usage: pxebench compare [options] A B
       pxebench compare --write-profile FILE A

A and B are captures (pcap or pcapng, gzipped or not) or client profiles (.yaml). Compared is behaviour: messages and
their order, options, times, headers; not addresses, transaction numbers or sizes of files.

  --client ID            the client of A, where there are several: its MAC or IP address
  --client-b ID          the client of B
  --allow FILE           a YAML file whose allowed-differences may differ, besides those of the profiles
  --all                  print what is the same, too
  --write-profile FILE   write A's profile
${DOCUMENT_HELP}

exit status: 0 nothing differs but what may, 1 something else does

examples:
  pxebench compare old-rom.pcap new-rom.pcap
  pxebench compare --write-profile rom.yaml old-rom.pcap
  pxebench compare --client-b 52:54:00:12:34:57 rom.yaml lan.pcapng.gz
`;

export const compare: Command = {
  help: HELP,
  run: async (argv, io) => {
    const { values, positionals } = parseArguments(argv, {
      client: { type: 'string' },
      'client-b': { type: 'string' },
      allow: { type: 'string' },
      all: { type: 'boolean' },
      'write-profile': { type: 'string' },
      ...DOCUMENT_OPTIONS,
    });
    const [pathA, pathB, ...more] = positionals;
    const write = values['write-profile'];
    if (pathA === undefined || more.length > 0 || (pathB === undefined && write === undefined))
      throw new UsageError(
        `wanted two captures or profiles, got ${positionals.length}`,
        'pxebench compare --help',
      );

    const a = await comparedClient(pathA, values.client, '--client', io);
    if (write !== undefined) await writeProfile(resolve(io.cwd, write), a.profile);
    if (pathB === undefined) return EXIT.ok;
    const b = await comparedClient(pathB, values['client-b'], '--client-b', io);

    const allowed = [
      ...(a.profile['allowed-differences'] ?? []),
      ...(b.profile['allowed-differences'] ?? []),
      ...(await allowedOf(values.allow, io)),
    ];
    const rows = compareProfiles(a.profile, b.profile, allowed);
    const frames = { a: a.frames, b: b.frames };
    const table = function* (): Generator<string> {
      yield `A  ${pathA}: ${a.profile.title}`;
      yield `B  ${pathB}: ${b.profile.title}`;
      yield '';
      yield* compareTable(rows, frames, values.all === true, io);
    };
    await handOver('compare', document(pathA, pathB, rows, frames), table, values, io);
    return rows.some((row) => row.outcome !== 'same' && !row.allowed) ? EXIT.failed : EXIT.ok;
  },
};

async function allowedOf(file: string | undefined, io: Io): Promise<readonly AllowedDifference[]> {
  if (file === undefined) return [];
  const { value } = await loadYamlFile(resolve(io.cwd, file), allowedFileSchema);
  return value['allowed-differences'];
}

async function writeProfile(file: string, profile: ClientProfile): Promise<void> {
  try {
    await writeFile(file, profileText(profile));
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(`--write-profile: ${message}`, 'name a file in a folder of yours', error);
  }
}

function document(
  a: string,
  b: string,
  rows: readonly ComparedRow[],
  frames: { readonly a: FramesOf; readonly b: FramesOf },
): unknown {
  const count = (outcome: ComparedRow['outcome']): number =>
    rows.filter((row) => row.outcome === outcome).length;
  return {
    format: 'pxebench-compare/1',
    a,
    b,
    same: count('same'),
    changed: count('changed'),
    gone: count('gone'),
    new: count('new'),
    rows: rows.map((row) => ({
      outcome: row.outcome,
      path: row.path,
      allowed: row.allowed,
      a: row.a ?? null,
      b: row.b ?? null,
      detail: row.detail ?? null,
      framesA: frames.a.get(row.path) ?? [],
      framesB: frames.b.get(row.path) ?? [],
    })),
  };
}
