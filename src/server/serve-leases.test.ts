import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import type { KilledUnderLoad } from './testing/killed-under-load.ts';

const base = mkdtempSync(join(tmpdir(), 'pxebench-killed-'));
afterAll(() => rmSync(base, { recursive: true }));

const KILLS = 12;
const PATIENCE_MS = 300_000;

describe('a server that keeps leases on disk', () => {
  it(
    'loses no acknowledged lease and gives no address twice, killed at any instant (needs unshare)',
    async () => {
      const script = join(import.meta.dirname, 'testing', 'killed-under-load.ts');
      const { stdout } = await promisify(execFile)('unshare', [
        ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
        ...['--net', process.execPath, '--no-warnings', script, base, String(KILLS)],
      ]);
      const { kills, counts, violations, compared } = JSON.parse(stdout) as KilledUnderLoad;
      expect(violations).toEqual([]);
      expect(kills).toBe(KILLS);
      // It was under load, and there was something to lose.
      expect(counts.acks).toBeGreaterThan(KILLS);
      expect(compared).toBeGreaterThan(KILLS);
    },
    PATIENCE_MS,
  );
});
