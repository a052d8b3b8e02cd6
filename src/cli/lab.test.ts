/** The command itself, on a terminal of its own (script, util-linux), with a machine that really boots. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commandFolders } from '../lab/command-path.ts';
import { tapNeed } from '../lab/lab-needs.ts';
import { findMissing, formatMissing } from '../lab/need.ts';
import { loadFirmware } from '../vm/firmware.ts';
import { vmNeeds } from '../vm/vm-needs.ts';
import { lab } from './lab.ts';
import { PLACES } from './places.ts';
import { recordingIo } from './testing/io.ts';

const FIRMWARE = await loadFirmware('bios-ipxe', PLACES.firmware);
const MISSING = await findMissing([tapNeed(), ...vmNeeds(FIRMWARE, commandFolders())]);
const IS_ROOT = getuid?.() === 0;
const LACKS = IS_ROOT ? formatMissing(MISSING) : 'needs root: run as root';
const WHY = LACKS === '' ? '' : ` (${LACKS})`;
const [CTRL_B, LEAVE] = ['\x02', '\x1d'] as const;

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pxebench-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A command on a terminal: what it shows, and keys for it. */
function onTerminal(command: string, cwd: string) {
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { cwd });
  onTestFinished(() => void child.kill('SIGKILL'));
  let shown = '';
  const waiting = new Set<() => void>();
  const take = (chunk: Buffer): void => {
    shown += chunk.toString('latin1');
    for (const look of waiting) look();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    shown: () => shown,
    ended,
    type: (keys: string) => void child.stdin.write(keys),
    until: (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = (): void => {
          if (shown.includes(text)) resolve();
        };
        waiting.add(look);
        look();
        void ended.then(() => reject(new Error(`ended before "${text}"; it showed: ${shown}`)));
      }),
  };
}

describe('lab', () => {
  it('refuses a machine without a terminal, and says what goes without', async () => {
    const { io } = recordingIo({ cwd: await temporaryFolder() });
    await expect(lab.run(['--firmware', 'bios-ipxe'], io)).rejects.toMatchObject({
      message: expect.stringContaining('needs a terminal'),
      hint: expect.stringContaining('vm/run-qemu.sh'),
    });
  });

  it.each([[['--mac', '00:12:34:56:78:90']], [['--link', 'plan.yaml']], [['bios-ipxe']]])(
    'refuses %j',
    async (argv) => {
      const { io } = recordingIo({ cwd: await temporaryFolder() });
      await expect(lab.run(argv, io)).rejects.toMatchObject({ name: 'UsageError' });
    },
  );

  it.skipIf(!IS_ROOT || MISSING.length > 0)(
    `gives a machine's console and keys, and tells in short what it did${WHY}`,
    { timeout: 60_000 },
    async () => {
      const cwd = await temporaryFolder();
      const pxebench = join(PLACES.bin, 'pxebench');
      const terminal = onTerminal(`${pxebench} lab --firmware bios-ipxe`, cwd);
      await terminal.until('leave    by Ctrl-]');
      await terminal.until('Features: ');
      terminal.type(CTRL_B);
      await terminal.until('iPXE> ');
      terminal.type('dhcp\r');
      await terminal.until('... ok');
      terminal.type('echo I am ${net0/ip}\r');
      await terminal.until('I am 10.188.0.');
      terminal.type(LEAVE);

      expect(await terminal.ended).toBe(0);
      expect(terminal.shown()).toMatch(/[0-9]+ frames captured/);
      expect(terminal.shown()).toContain('got as far as: iPXE has its address');
      const folder = join(cwd, 'pxebench-results', 'lab-bios-ipxe-reference');
      expect(await readFile(join(folder, 'console.txt'), 'utf8')).toContain('I am 10.188.0.');
      expect((await readFile(join(folder, 'capture.pcapng'))).length).toBeGreaterThan(1_000);
    },
  );
});
