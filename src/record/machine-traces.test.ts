import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { machineTraces } from './machine-traces.ts';

it('machineTraces finds names and paths of the machine among octets, and no name too short to mean it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pxebench-traces-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'x.pcapng');
  await writeFile(
    file,
    Buffer.concat([Buffer.alloc(7, 0xff), Buffer.from('/home/ada/boot on workbench; vm')]),
  );
  const machine = { hostName: 'workbench', folders: ['/home/ada', '/srv/other'] };
  expect(await machineTraces([file], machine)).toEqual([
    'x.pcapng has "workbench" of this machine at octet 25: look before you pass it on',
    'x.pcapng has "/home/ada" of this machine at octet 7: look before you pass it on',
  ]);
  expect(await machineTraces([file], { hostName: 'vm', folders: [] })).toEqual([]);
});
