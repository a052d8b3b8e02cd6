import { resolve } from 'node:path';
import { type ComparedRow, compareProfiles } from '../profile/compare-profiles.ts';
import { parseArguments } from './arguments.ts';
import { BOOT_HELP, BOOT_OPTIONS, type BootValues } from './boot-now.ts';
import { bootedClient, scenarioHolding } from './booted-client.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { compareTable } from './compare-table.ts';
import { type ComparedClient, comparedClient } from './compared-client.ts';
import { DOCUMENT_HELP, DOCUMENT_OPTIONS, handOver } from './document.ts';
import { allowedOf, writeProfile } from './profile-file.ts';

const HELP = `pxebench compare A B: how the behaviour of two clients differs

usage: pxebench compare [options] A B
       pxebench compare --write-profile FILE A
       pxebench compare --boot FIRMWARE [A]

A and B are captures (pcap or pcapng, gzipped or not) or client profiles (.yaml). Compared is behaviour: messages and
their order, options, times, headers; not addresses, transaction numbers or sizes of files.

  --client ID            the client of A, where there are several: its MAC or IP address
  --client-b ID          the client of B
  --allow FILE           a YAML file whose allowed-differences may differ, besides those of the profiles
  --all                  print what is the same, too
  --write-profile FILE   write A's profile
  --boot FIRMWARE        B is this firmware, booted now, as the scenario boots that holds its profile; where A is left out
                         it is that profile
${DOCUMENT_HELP}

with --boot, for another boot than that of a scenario:
${BOOT_HELP}

exit status: 0 nothing differs but what may, 1 something else does, 2 A or B cannot be compared

examples:
  pxebench compare old-rom.pcap new-rom.pcap
  pxebench compare --write-profile rom.yaml old-rom.pcap
  pxebench compare --client-b 52:54:00:12:34:57 rom.yaml lan.pcapng.gz
  pxebench compare --boot uefi-x64
  pxebench compare --boot uefi-x64 --server ./my-server old-firmware.pcap
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
      boot: { type: 'string' },
      ...BOOT_OPTIONS,
      ...DOCUMENT_OPTIONS,
    });
    const { boot, 'write-profile': write } = values;
    refuseBootOptions(values);
    const scenario = boot === undefined ? undefined : await scenarioHolding(boot);
    const [pathA = scenario?.profiles.get(boot ?? '')?.path, pathB, ...more] = positionals;
    const lacksB = pathB === undefined && boot === undefined && write === undefined;
    const hasTwoB = pathB !== undefined && boot !== undefined;
    if (pathA === undefined || more.length > 0 || lacksB || hasTwoB)
      throw new UsageError(
        boot === undefined
          ? `wanted two captures or profiles, got ${positionals.length}`
          : `wanted one capture or profile to compare ${boot} with, got ${positionals.length}`,
        'pxebench compare --help',
      );

    const a = await comparedClient(pathA, values.client, '--client', io);
    if (write !== undefined) await writeProfile(resolve(io.cwd, write), a.profile);
    if (pathB === undefined && boot === undefined) return EXIT.ok;
    const b =
      pathB === undefined
        ? await bootedClient(boot ?? '', scenario, values, io)
        : { ...(await comparedClient(pathB, values['client-b'], '--client-b', io)), path: pathB };

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
      yield `B  ${b.path}: ${b.profile.title}`;
      yield '';
      yield* compareTable(rows, { a: a.frames, b: b.frames }, values.all === true, io);
    };
    const sides = { a: { path: pathA, ...a }, b };
    await handOver('compare', document(sides, rows), table, values, io);
    return rows.some(differs) ? EXIT.failed : EXIT.ok;
  },
};

/** Words for a boot without one. */
function refuseBootOptions(values: BootValues & { readonly boot?: string | undefined }): void {
  if (values.boot !== undefined) return;
  for (const option of ['server', 'variant', 'mac', 'uuid', 'give-up'] as const)
    if (values[option] !== undefined)
      throw new UsageError(`--${option}: only with --boot`, 'pxebench compare --help');
}

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
