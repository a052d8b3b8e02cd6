/** Two real machines in one lab; twenty are `make crowd`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { getuid } from 'node:process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commandFolders } from '../lab/command-path.ts';
import { tapNeed } from '../lab/lab-needs.ts';
import { findMissing, formatMissing } from '../lab/need.ts';
import { loadServer } from '../sut/server-spec.ts';
import { loadFirmware } from '../vm/firmware.ts';
import { vmNeeds } from '../vm/vm-needs.ts';
import { mac } from '../wire/address.ts';
import { ReportFiles } from './report-files.ts';
import { type Member, mayJoinCrowd, runCrowd } from './run-crowd.ts';
import { loadScenario } from './scenario.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const KNOWN = { servers: ['reference-loaders', 'reference', 'seed'], firmware: ['s390x-ccw', 'uboot-x86'] };
const S390X = await loadFirmware('s390x-ccw', join(ROOT, 'vm', 'firmware'));
const MISSING = await findMissing([tapNeed(), ...vmNeeds(S390X, commandFolders())]);
const IS_ROOT = getuid?.() === 0;
const LACKS = IS_ROOT ? formatMissing(MISSING) : 'needs root: run as root';
const WHY = LACKS === '' ? '' : ` (${LACKS})`;

function scenarioOf(id: string, known = KNOWN) {
  const folder = join(ROOT, 'scenarios');
  return loadScenario(join(folder, `${id}.yaml`), folder, known);
}

describe('mayJoinCrowd', () => {
  it('refuses a scenario that wants files of its own on the server', async () => {
    const firmware = ['bios-ipxe'];
    expect(mayJoinCrowd(await scenarioOf('seed/lookup-stops-at-mac', { ...KNOWN, firmware }))).toBe(false);
    expect(mayJoinCrowd(await scenarioOf('firmware/s390x-ccw'))).toBe(true);
  });
});

describe('runCrowd', () => {
  it.skipIf(!IS_ROOT || MISSING.length > 0)(
    `boots two machines at once, and judges each by its own scenario, from one capture${WHY}`,
    { timeout: 60_000 },
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'pxebench-test-'));
      onTestFinished(() => rm(folder, { recursive: true, force: true }));
      const right = await scenarioOf('firmware/s390x-ccw');
      // The same machine, of whom something is expected that it never does.
      const wrong = { ...right, file: { ...right.file, never: [{ tftp: 's390x.img' }] } };
      const members: readonly Member[] = [
        { scenario: right, firmware: S390X, mac: mac('00:12:34:57:00:01') },
        { scenario: wrong, firmware: S390X, mac: mac('00:12:34:57:00:02') },
      ];
      const switchedOn: string[] = [];
      const result = await runCrowd(
        { members, atOnce: 2, server: await loadServer('reference-loaders', join(ROOT, 'servers')) },
        new ReportFiles(folder, 'crowd'),
        {
          accelerator: 'tcg',
          path: [join(ROOT, 'bin'), ...commandFolders()].join(':'),
          signal: new AbortController().signal,
          onProgress: (text) => switchedOn.push(text),
        },
      );
      expect(result.members.map(({ ending }) => ending)).toEqual(['all-met', 'hopeless']);
      const failures = result.members.map((member) => member.failures.map(({ rule }) => rule));
      expect(failures).toEqual([[], expect.arrayContaining(['never'])]);
      expect(result.members.map(({ addresses }) => addresses.length)).toEqual([1, 1]);
      expect(result).toMatchObject({ givenTwice: [], lost: 0 });
      expect(switchedOn.filter((text) => text.startsWith('on ')).map((text) => text.split(' ')[4])).toEqual(
        expect.arrayContaining(['00:12:34:57:00:01;', '00:12:34:57:00:02;']),
      );
    },
  );
});
