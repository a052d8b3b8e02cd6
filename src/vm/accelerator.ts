import { spawn } from 'node:child_process';
import { access, constants, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROBE_EXIT_DEVICE, PROBE_EXIT_STATUS, probeSector } from './guest/probe-sector.ts';

export type Accelerator = { readonly name: 'kvm' | 'tcg'; readonly because: string };

const KVM = '/dev/kvm';
/** A processor needs 15 ms for the probe and QEMU some 100 ms to start; a KVM that only looks like one, for ever. */
const PROBE_MS = 1_500;

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
  await using undo = new AsyncDisposableStack();
  const end = await run(program, await unnamedFile(probeSector(), undo));
  return end === 'ran'
    ? { name: 'kvm', because: `a guest ran under ${KVM}` }
    : { name: 'tcg', because: `${KVM} is there, but ${end}` };
}

/**
 * A file that has lost its name before anything can go wrong: it is gone with its last descriptor, whatever happens.
 * Returns two descriptors, one to read and one to read and write: QEMU takes for each use the one of its access mode.
 */
async function unnamedFile(
  content: Uint8Array,
  undo: AsyncDisposableStack,
): Promise<readonly [number, number]> {
  const path = join(tmpdir(), `pxebench-probe-${process.pid}`);
  const written = undo.use(await open(path, 'wx+'));
  const read = undo.use(await open(path, 'r'));
  await unlink(path);
  await written.write(content);
  return [read.fd, written.fd];
}

/** `ran`, or what happened instead. */
async function run(program: string, [read, written]: readonly [number, number]): Promise<string> {
  const machine = [
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    '-machine',
    'pc,accel=kvm',
    '-m',
    '32',
  ];
  const disk = ['-add-fd', 'fd=3,set=1', '-add-fd', 'fd=4,set=1', '-drive', 'format=raw,file=/dev/fdset/1'];
  // A guest that hangs must not outlive us.
  const argv = ['--pdeathsig', 'KILL', program, ...machine, '-device', PROBE_EXIT_DEVICE, ...disk];
  const child = spawn('setpriv', argv, {
    stdio: ['ignore', 'ignore', 'pipe', read, written],
    timeout: PROBE_MS,
    killSignal: 'SIGKILL',
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      if (code === PROBE_EXIT_STATUS) resolve('ran');
      else if (signal !== null) resolve(`a guest of one sector did not end within ${PROBE_MS / 1000} s`);
      else resolve(`QEMU ended with status ${code}: ${errors.trim().split('\n').at(-1) ?? ''}`);
    });
  });
}
