import { describe, expect, it } from 'vitest';
import { PLACES } from '../src/cli/places.ts';
import { labNeeds } from '../src/lab/lab-needs.ts';
import { serverNeeds } from '../src/sut/server-needs.ts';
import { listServers, loadServer } from '../src/sut/server-spec.ts';
import { listFirmware, loadFirmware } from '../src/vm/firmware.ts';
import { vmNeeds } from '../src/vm/vm-needs.ts';
import { loadDebianPackages } from '../tools/debian/package-list.ts';

/** On every Debian, and never to be missing. */
const ESSENTIAL = ['dash'];

describe('tools/debian-packages.yaml', () => {
  it('has every package that a lab, a firmware or a server says it comes from: "make setup" mends what doctor misses', async () => {
    const firmware = await Promise.all(
      (await listFirmware(PLACES.firmware)).map((id) => loadFirmware(id, PLACES.firmware)),
    );
    const servers = await Promise.all(
      (await listServers(PLACES.servers)).map((id) => loadServer(id, PLACES.servers)),
    );
    const needs = [
      ...labNeeds([]),
      ...firmware.flatMap((one) => vmNeeds(one, [])),
      ...servers.flatMap((one) => serverNeeds(one, [])),
    ];
    const named = new Set(needs.flatMap((need) => need.package ?? []));

    const { install, unpack, foreign } = await loadDebianPackages('tools/debian-packages.yaml');
    const known = new Set([
      ...install.flatMap((entry) => [entry.package, entry.before ?? entry.package]),
      ...unpack.flatMap((entry) => [entry.package, ...entry.take]),
      ...foreign.map((entry) => entry.package),
      ...ESSENTIAL,
    ]);

    expect(named.size).toBeGreaterThan(5);
    expect([...named].filter((name) => !known.has(name))).toEqual([]);
  });
});
