import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openBootFolder } from './boot-folder.ts';
import { systemClock } from './clock.ts';
import { serveTftp } from './serve-tftp.ts';
import { readByTftp } from './testing/tftp-client.ts';

// 18,000 of them were kept in memory after a minute of requests without a pause: `make fuzz`, wire-tftp.
it('openTftpPlane: its thread has nothing to warn of when sockets are closed', async () => {
  const root = mkdtempSync(join(tmpdir(), 'pxebench-plane-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, 'file'), 'octets');
  const written: string[] = [];
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    written.push(String(chunk));
    return true;
  });
  onTestFinished(() => stderr.mockRestore());
  const limits = {
    limits: { maxBlksize: 1468, maxWindowsize: 16 },
    maxTransfers: 10,
    maxTransfersPerClient: 10,
  };
  const settings = {
    folder: await openBootFolder(root),
    ports: 'any',
    upload: undefined,
    ...limits,
  } as const;
  {
    const deps = { clock: systemClock, log: () => undefined };
    await using server = await serveTftp({ address: '127.0.0.1', port: 0 }, settings, deps);
    for (let n = 0; n < 3; n++) await readByTftp('file', server.port);
  }
  expect(written).toEqual([]);
});
