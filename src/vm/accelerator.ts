import { spawn } from 'node:child_process';
import { access, constants, open, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { PROBE_EXIT_DEVICE, PROBE_EXIT_STATUS, probeSector } from './guest/probe-sector.ts';

export type Accelerator = { readonly name: 'kvm' | 'tcg'; readonly because: string };

const KVM = '/dev/kvm';
/** A processor needs 15 ms for the probe and QEMU some 100 ms to start; a KVM that only looks like one, for ever. */
const PROBE_MS = 1_500;
/** Of the project. It is not there where pxebench is installed as a package: nothing is remembered then. */
const MEMORY = resolve(import.meta.dirname, '..', '..', '.tools');
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

export type ProbeOptions = {
  readonly program?: string;
  /** The device that KVM is reached by. */
  readonly device?: string;
  readonly milliseconds?: number;
};

let chosen: Promise<Accelerator> | undefined;

/** KVM where a guest was seen to run under it, else TCG. Tried once for each start of this machine. */
export function chooseAccelerator(): Promise<Accelerator> {
  chosen ??= rememberedProbe(MEMORY);
  return chosen;
}

/**
 * A guest that hangs takes PROBE_MS to be believed, so what a guest did is kept in `folder` for as long as the machine
 * runs. What is seen at once (no /dev/kvm, no QEMU) is looked at each time.
 */
export async function rememberedProbe(folder: string, options: ProbeOptions = {}): Promise<Accelerator> {
  const absent = await withoutKvm(options);
  if (absent !== undefined) return absent;
  const file = join(folder, 'accelerator.json');
  const bootId = await readFile(BOOT_ID, 'utf8').catch(() => undefined);
  const known = await readFile(file, 'utf8').then(parseMemory, () => undefined);
  if (known !== undefined && known.bootId === bootId?.trim()) return known.accelerator;

  const { slow, ...accelerator } = await probe(options);
  if (slow && bootId !== undefined) {
    // Beside it and renamed: another run may be reading. That it cannot be written costs only time.
    const unfinished = `${file}.${process.pid}`;
    await writeFile(unfinished, JSON.stringify({ bootId: bootId.trim(), accelerator }))
      .then(() => rename(unfinished, file))
      .catch(() => {});
  }
  return accelerator;
}

const memorySchema = z.object({
  bootId: z.string(),
  accelerator: z.object({ name: z.enum(['kvm', 'tcg']), because: z.string() }),
});

function parseMemory(text: string): z.infer<typeof memorySchema> | undefined {
  try {
    return memorySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function withoutKvm({ device = KVM }: ProbeOptions): Promise<Accelerator | undefined> {
  try {
    await access(device, constants.R_OK | constants.W_OK);
    return undefined;
  } catch {
    return { name: 'tcg', because: `${device} is not there, or may not be opened` };
  }
}

/** Runs a guest of one sector under KVM, whatever was found before. */
export async function probeAccelerator(options: ProbeOptions = {}): Promise<Accelerator> {
  const absent = await withoutKvm(options);
  if (absent !== undefined) return absent;
  const { slow: _, ...accelerator } = await probe(options);
  return accelerator;
}

/** `slow` where a guest ran, or hung: what is worth remembering. */
async function probe({
  device = KVM,
  program = 'qemu-system-x86_64',
  milliseconds = PROBE_MS,
}: ProbeOptions) {
  await using undo = new AsyncDisposableStack();
  const end = await run(program, await unnamedFile(probeSector(), undo), milliseconds);
  if (end === 'ran') return { name: 'kvm', because: `a guest ran under ${device}`, slow: true } as const;
  const because = end === 'hung' ? `a guest of one sector did not end within ${milliseconds / 1000} s` : end;
  return { name: 'tcg', because: `${device} is there, but ${because}`, slow: end === 'hung' } as const;
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

/** `ran`, `hung`, or why no guest ran. */
async function run(
  program: string,
  [read, written]: readonly [number, number],
  milliseconds: number,
): Promise<string> {
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
    timeout: milliseconds,
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
      else if (signal !== null) resolve('hung');
      else resolve(`QEMU ended with status ${code}: ${errors.trim().split('\n').at(-1) ?? ''}`);
    });
  });
}
