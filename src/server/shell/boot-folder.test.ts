import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openBootFolder } from './boot-folder.ts';

const base = mkdtempSync(join(tmpdir(), 'pxebench-folder-'));
const root = join(base, 'root');
mkdirSync(join(root, 'sub'), { recursive: true });
mkdirSync(join(base, 'root-beside'));
writeFileSync(join(base, 'canary'), 'canary');
writeFileSync(join(base, 'root-beside', 'canary'), 'canary');
writeFileSync(join(root, 'file'), 'content');
symlinkSync('file', join(root, 'inside'));
symlinkSync('../canary', join(root, 'outside'));
symlinkSync(base, join(root, 'outside-folder'));
symlinkSync('../root-beside/canary', join(root, 'beside'));
symlinkSync('loop', join(root, 'loop'));
symlinkSync('/dev/zero', join(root, 'device'));
execFileSync('mkfifo', [join(root, 'fifo')]);
afterAll(() => rmSync(base, { recursive: true }));

describe('openBootFolder', () => {
  it.each([
    [['file'], 'file'],
    [['inside'], 'file'],
    [['sub', '..', 'file'], 'file'],
    [['nothing'], 'missing'],
    [['file', 'below'], 'missing'],
    [['sub'], 'missing'],
    [['fifo'], 'missing'],
    [['..', 'canary'], 'denied'],
    [['outside'], 'denied'],
    [['outside-folder', 'canary'], 'denied'],
    [['beside'], 'denied'],
    [['loop'], 'denied'],
    [['device'], 'denied'],
  ])('finds %j to be %s', async (segments, kind) => {
    const folder = await openBootFolder(root);
    const found = await folder.open(segments);
    expect(found.kind).toBe(kind);
    if (found.kind !== 'file') return;
    await using file = found.file;
    expect(file.size).toBe(7);
    expect(await file.handle.readFile('utf8')).toBe('content');
  });

  it.each([
    [['file'], 'file'],
    [['inside'], 'file'],
    [['sub', '..', 'file'], 'file'],
    [['nothing'], 'missing'],
    [['file', 'below'], 'missing'],
    [['sub'], 'missing'],
    [['fifo'], 'missing'],
    [['x'.repeat(300)], 'missing'],
    [['nul\0'], 'missing'],
    [['..', 'canary'], 'denied'],
    [['outside'], 'denied'],
    [['outside-folder', 'canary'], 'denied'],
    [['beside'], 'denied'],
    [['loop'], 'denied'],
    [['device'], 'denied'],
  ])('finds %j at once to be %s', async (segments, kind) => {
    const folder = await openBootFolder(root);
    const found = folder.openNow(segments);
    expect(found.kind).toBe(kind);
    if (found.kind !== 'file') return;
    using file = found.file;
    expect(file.size).toBe(7);
    expect(readFileSync(file.fd, 'utf8')).toBe('content');
  });

  it('finds a file that may not be read to be denied', async () => {
    const folder = await openBootFolder(root);
    chmodSync(base, 0o755);
    writeFileSync(join(root, 'secret'), 'x', { mode: 0 });
    // Root may read everything: be nobody for a moment.
    const uid = process.geteuid?.() ?? 0;
    if (uid === 0) process.seteuid?.(65_534);
    try {
      expect(await folder.open(['secret'])).toEqual({ kind: 'denied' });
      expect(folder.openNow(['secret'])).toEqual({ kind: 'denied' });
    } finally {
      process.seteuid?.(uid);
    }
  });

  it('may be reached through a link itself', async () => {
    symlinkSync(root, join(base, 'link'));
    const folder = await openBootFolder(join(base, 'link'));
    const found = await folder.open(['file']);
    if (found.kind === 'file') await found.file[Symbol.asyncDispose]();
    expect(found.kind).toBe('file');
  });

  it('is no file and not nothing', async () => {
    await expect(openBootFolder(join(root, 'file'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(openBootFolder(join(root, 'nothing'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
