/** `pxebench record` and `pxebench compare --boot` as a user runs them: real firmware, a real server, another folder. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { RunResult } from '../src/report/result.ts';

const ROOT = resolve(import.meta.dirname, '..');
/** Two boots, the first of them watched until nothing more is to come. */
const BOOTS_MS = 180_000;

const folder = await mkdtemp(join(tmpdir(), 'pxebench-record-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function pxebench(...argv: readonly string[]): Promise<{ status: unknown; out: string; err: string }> {
  return new Promise((done) => {
    execFile(join(ROOT, 'bin', 'pxebench'), argv, { cwd: folder }, (error, out, err) =>
      done({ status: error?.code ?? 0, out, err }),
    );
  });
}

const textOf = (path: string): Promise<string> => readFile(join(folder, path), 'utf8');

describe('pxebench record', () => {
  it('makes of a boot a capture, notes, a profile and a scenario that holds it', {
    timeout: BOOTS_MS,
  }, async () => {
    const { status, out, err } = await pxebench('record', '--firmware', 'bios-ipxe', '--name', 'mine');
    expect(status, out + err).toBe(0);
    expect(out.trimEnd().split('\n').slice(-5)).toEqual([
      'wrote captures/recorded/mine.pcapng',
      'wrote captures/recorded/mine.yaml',
      'wrote captures/recorded/mine.profile.yaml',
      'wrote scenarios/recorded/mine.yaml',
      'it passes: pxebench run scenarios/recorded/mine.yaml',
    ]);
    const notes = parse(await textOf('captures/recorded/mine.yaml'));
    expect(notes).toMatchObject({
      source: {
        recorded: 'here',
        firmware: expect.stringMatching(/^bios-ipxe: /),
        versions: expect.stringContaining('QEMU'),
      },
      client: expect.stringContaining('52:54:00:12:34:56'),
      frames: expect.any(Number),
    });
    for (const path of ['captures/recorded/mine.yaml', 'scenarios/recorded/mine.yaml'])
      expect(await textOf(path)).not.toContain(folder);

    const again = await pxebench('record', '--firmware', 'bios-ipxe', '--name', 'mine');
    expect(again).toMatchObject({
      status: 2,
      err: expect.stringContaining('there already: captures/recorded/mine'),
    });

    // Firmware that behaves in another way than it did: by name, with the frames of both captures.
    const profile = await textOf('captures/recorded/mine.profile.yaml');
    await writeFile(
      join(folder, 'captures/recorded/mine.profile.yaml'),
      profile.replace('max-message-size: 1472', 'max-message-size: 576'),
    );
    const held = await pxebench('run', 'scenarios/recorded/mine.yaml', '--report', 'held');
    expect(held.status, held.out + held.err).toBe(1);
    expect(held.out).toContain('✗ profile  ipxe.dhcp.discover.max-message-size  (mine.yaml line ');
    const { scenarios } = JSON.parse(await textOf('held/results.json')) as RunResult;
    expect(scenarios[0]?.failures).toMatchObject([
      {
        rule: 'profile',
        differences: [
          {
            wanted: expect.stringMatching(/^576 {2}\[#\d+ of mine\.pcapng\]$/),
            got: expect.stringMatching(/^1472 {2}\[#\d+ of this boot\]$/),
          },
        ],
      },
    ]);
  });

  it('makes of a capture from somebody a scenario that replays its client', {
    timeout: BOOTS_MS,
  }, async () => {
    const capture = join(ROOT, 'captures', 'lab', 'bios-dumb-by-link.pcap');
    const { status, out, err } = await pxebench('record', capture, '--from', 'a friend', '--licence', 'CC0');
    expect(status, out + err).toBe(0);
    expect(out).toContain('it passes: pxebench run scenarios/recorded/bios-dumb-by-link.yaml');
    expect(err).toMatch(/note: 00:12:34:56:78:93: not replayed: /);
    expect(parse(await textOf('captures/recorded/bios-dumb-by-link.yaml'))).toMatchObject({
      source: { given: 'a friend' },
      licence: 'CC0',
      frames: 513,
    });
    expect(await readFile(join(folder, 'captures/recorded/bios-dumb-by-link.pcap'))).toEqual(
      await readFile(capture),
    );

    // A server that answers otherwise than the one of the recording.
    const other = join(ROOT, 'examples', 'my-server');
    const run = await pxebench('run', 'scenarios/recorded/bios-dumb-by-link.yaml', '--server', other);
    expect(run.status, run.out + run.err).toBe(1);
    expect(run.out).toMatch(/✗ expect 2 {2}dhcp: offer/);
  });
});

describe('pxebench compare --boot', () => {
  it('boots a firmware now, as its scenario does, and compares it with its profile', {
    timeout: BOOTS_MS,
  }, async () => {
    const { status, out, err } = await pxebench('compare', '--boot', 'bios-ipxe', '--json');
    const different = JSON.parse(out).rows.filter(
      ({ outcome, allowed }: { outcome: string; allowed: boolean }) => outcome !== 'same' && !allowed,
    );
    expect({ status, different }, err).toEqual({ status: 0, different: [] });
    expect(JSON.parse(out)).toMatchObject({
      format: 'pxebench-compare/1',
      a: { path: expect.stringMatching(/recorded\/bios-ipxe\.profile\.yaml$/) },
      differs: false,
    });
    expect(JSON.parse(out).same).toBeGreaterThan(50);
  });
});
