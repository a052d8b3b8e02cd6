import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Frame } from '../pcap/frame.ts';
import { openCapture } from '../pcap/open-capture.ts';
import { cutCapture } from './cut-capture.ts';

const CAPTURE = resolve(import.meta.dirname, '../../captures/recorded/uefi-x64.pcapng');

async function framesOf(path: string): Promise<readonly Frame[]> {
  const frames: Frame[] = [];
  await using capture = await openCapture(path);
  for await (const batch of capture.batches()) frames.push(...batch.frames);
  return frames;
}

it('cutCapture keeps the frames up to a time as they were, and nothing behind it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pxebench-cut-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const all = await framesOf(CAPTURE);
  const last = all[20];
  const to = join(folder, 'cut.pcapng');
  expect(await cutCapture(CAPTURE, to, last?.timeNs ?? 0n, 'pxebench test')).toBe(21);
  expect(await framesOf(to)).toEqual(all.slice(0, 21));
  // Sections of pcapng name the machine that captured, where a program lets them.
  expect((await readFile(to)).subarray(0, 80).toString('latin1')).toContain('pxebench test');
});
