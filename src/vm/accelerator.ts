import { spawn } from 'node:child_process';
import { access, constants, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROBE_EXIT_DEVICE, PROBE_EXIT_STATUS, probeSector } from './guest/probe-sector.ts';

export type Accelerator = { readonly name: 'kvm' | 'tcg'; readonly because: string };

const KVM = '/dev/kvm';
/** A processor needs 15 ms for the probe and QEMU some 100 ms to start; a KVM that only looks like one, for ever. */
const PROBE_MS = 3_000;

let chosen: Promise<Accelerator> | undefined;

/** KVM where a guest was seen to run under it, else TCG. Tried once for each process. */
export function chooseAccelerator(program = 'qemu-system-x86_64'): Promise<Accelerator> {
  chosen ??= probe(program);
  return chosen;
}

async function probe(program: string): Promise<Accelerator> {
  try {
    await access(KVM, constants.R_OK | constants.W_OK);
  } catch {
    return { name: 'tcg', because: `${KVM} is not there, or may not be opened` };
  }
  const folder = await mkdtemp(join(tmpdir(), 'pxebench-kvm-'));
  try {
    const disk = join(folder, 'probe.img');
    await writeFile(disk, probeSector());
    const end = await run(program, disk);
    return end === 'ran'
      ? { name: 'kvm', because: `a guest ran under ${KVM}` }
      : { name: 'tcg', because: `${KVM} is there, but ${end}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `ran`, or what happened instead. */
async function run(program: string, disk: string): Promise<string> {
  const argv = ['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'pc,accel=kvm', '-m', '32'];
  const child = spawn(
    program,
    [...argv, '-device', PROBE_EXIT_DEVICE, '-drive', `format=raw,file=${disk.replaceAll(',', ',,')}`],
    { stdio: ['ignore', 'ignore', 'pipe'], timeout: PROBE_MS, killSignal: 'SIGKILL' },
  );
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      if (code === PROBE_EXIT_STATUS) resolve('ran');
      else if (signal !== null) resolve(`a guest of 512 bytes did not end within ${PROBE_MS / 1000} s`);
      else resolve(`QEMU ended with status ${code}: ${errors.trim().split('\n').at(-1) ?? ''}`);
    });
  });
}
