import { resolve } from 'node:path';
import { type ComparedRow, compareProfiles } from '../profile/compare-profiles.ts';
import { parseArguments } from './arguments.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { compareTable } from './compare-table.ts';
import { type ComparedClient, comparedClient } from './compared-client.ts';
import { DOCUMENT_HELP, DOCUMENT_OPTIONS, handOver } from './document.ts';
import { allowedOf, writeProfile } from './profile-file.ts';

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

exit status: 0 nothing differs but what may, 1 something else does, 2 A or B cannot be compared

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
    for (const remark of new Set([...a.remarks, ...b.remarks]))
      io.err(`${io.paintErr('yellow', 'note:')} ${remark}\n`);
    const table = function* (): Generator<string> {
      yield `A  ${pathA}: ${a.profile.title}`;
      yield `B  ${pathB}: ${b.profile.title}`;
      yield '';
      yield* compareTable(rows, { a: a.frames, b: b.frames }, values.all === true, io);
    };
    const sides = { a: { path: pathA, ...a }, b: { path: pathB, ...b } };
    await handOver('compare', document(sides, rows), table, values, io);
    return rows.some(differs) ? EXIT.failed : EXIT.ok;
  },
};

function differs({ outcome, allowed }: ComparedRow): boolean {
  return outcome !== 'same' && !allowed;
}

type Side = ComparedClient & { readonly path: string };

function document({ a, b }: { readonly a: Side; readonly b: Side }, rows: readonly ComparedRow[]): unknown {
  const count = (outcome: ComparedRow['outcome']): number =>
    rows.filter((row) => row.outcome === outcome).length;
  const side = ({ path, client, profile, remarks }: Side): unknown => ({
    path,
    client: client ?? null,
    title: profile.title,
    remarks,
  });
  return {
    format: 'pxebench-compare/1',
    a: side(a),
    b: side(b),
    differs: rows.some(differs),
    same: count('same'),
    changed: count('changed'),
    gone: count('gone'),
    new: count('new'),
    allowed: rows.filter(({ allowed }) => allowed).length,
    rows: rows.map((row) => ({
      outcome: row.outcome,
      path: row.path,
      allowed: row.allowed,
      a: row.a ?? null,
      b: row.b ?? null,
      detail: row.detail ?? null,
      framesA: a.frames.get(row.path) ?? [],
      framesB: b.frames.get(row.path) ?? [],
    })),
  };
}
