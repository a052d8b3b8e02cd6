import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fileOutput, type Output } from './file-output.ts';

const base = mkdtempSync(join(tmpdir(), 'pxebench-output-'));
afterAll(() => rmSync(base, { recursive: true }));
const taken = (output: Output, text = ''): Promise<void> =>
  new Promise((resolve) => output.write(text, resolve));

describe('fileOutput', () => {
  it('writes all of it in order, and says when it was taken', async () => {
    const file = join(base, 'log');
    const fd = openSync(file, 'w');
    const failures: Error[] = [];
    const output = fileOutput(fd, (error) => failures.push(error));
    for (let n = 0; n < 1000; n++) output.write(`${n} é\n`);
    await taken(output);
    expect(readFileSync(file, 'utf8')).toBe(Array.from({ length: 1000 }, (_, n) => `${n} é\n`).join(''));
    await taken(output, 'more');
    expect(readFileSync(file, 'utf8').endsWith('more')).toBe(true);
    expect(failures).toEqual([]);
    closeSync(fd);
  });

  it('tells of what could not be written, and goes on', async () => {
    const fd = openSync('/dev/full', 'w');
    const failures: (string | undefined)[] = [];
    const output = fileOutput(fd, (error: NodeJS.ErrnoException) => failures.push(error.code));
    await taken(output, 'a');
    await taken(output, 'b');
    expect(failures).toEqual(['ENOSPC', 'ENOSPC']);
    closeSync(fd);
  });
});
