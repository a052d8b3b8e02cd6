/** examples/, run for real by the command that docs/servers.md tells the reader to run. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RunResult } from '../src/report/result.ts';

const ROOT = resolve(import.meta.dirname, '..');
const BOOT_MS = 60_000;

describe('examples/my-server', () => {
  it('boots with its own scenario', { timeout: BOOT_MS }, async () => {
    const report = await mkdtemp(join(tmpdir(), 'pxebench-examples-'));
    onTestFinished(() => rm(report, { recursive: true, force: true }));
    const argv = ['run', 'examples/my-server/scenarios', '--report', report];
    const { status, said } = await new Promise<{ status: unknown; said: string }>((done) => {
      execFile(join(ROOT, 'bin', 'pxebench'), argv, { cwd: ROOT }, (error, out, err) =>
        done({ status: error?.code ?? 0, said: out + err }),
      );
    });
    expect(status, said).toBe(0);
    const { scenarios }: RunResult = JSON.parse(await readFile(join(report, 'results.json'), 'utf8'));
    expect(scenarios).toMatchObject([
      { scenario: 'pxelinux-by-tftp', server: 'my-server', firmware: 'bios-ipxe', outcome: 'passed' },
    ]);
    expect(said).toContain('TFTP     read pxelinux.0, complete');
  });
});
