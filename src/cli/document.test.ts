import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeReportFolder } from './document.ts';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pxebench-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('makeReportFolder', () => {
  it('makes a folder and those above it, and takes one that is there', async () => {
    const folder = join(await temporaryFolder(), 'a', 'b', 'c');
    expect(await makeReportFolder(folder)).toBe(folder);
    expect(existsSync(folder)).toBe(true);
    expect(await makeReportFolder(folder)).toBe(folder);
  });

  it('says that none can be made where the kernel makes none, and ends', async () => {
    await expect(makeReportFolder('/proc/pxebench/deep', '--into')).rejects.toThrow(
      '--into: /proc/pxebench/deep: no folder can be made there',
    );
  });

  it('says that a file is in the way, there or above', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    await expect(makeReportFolder(file)).rejects.toThrow('wanted a folder, got a file');
    await expect(makeReportFolder(join(file, 'x'))).rejects.toThrow('a part of the path is a file');
  });
});
