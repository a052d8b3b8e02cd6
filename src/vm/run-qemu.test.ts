import { execFileSync, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { getuid } from 'node:process';
import { describe, expect, it } from 'vitest';
import { mac } from '../wire/address.ts';
import { listFirmware, loadFirmware } from './firmware.ts';
import { firmwarePaths } from './firmware-paths.ts';
import { qemuArguments } from './qemu-arguments.ts';

const VM = resolve(import.meta.dirname, '..', '..', 'vm');
const SCRIPT = resolve(VM, 'run-qemu.sh');
const CATALOGUE = resolve(VM, 'firmware');

/** Runs the script in a network of its own until its console says `text`, with a tap that leads nowhere. */
async function consoleSays(firmware: string, text: string): Promise<string> {
  const commands = 'ip tuntap add dev tap0 mode tap && ip link set tap0 up && exec "$@"';
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', '--net', 'sh', '-c', commands, 'sh', SCRIPT, firmware, 'tap0'],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let said = '';
  for await (const chunk of child.stdout) {
    const before = said.includes(text);
    said += String(chunk);
    // Ctrl-A X.
    if (!before && said.includes(text)) child.stdin.write('\x01x');
  }
  for await (const chunk of child.stderr) said += String(chunk);
  return said;
}

describe('vm/run-qemu.sh', () => {
  it('starts QEMU as a scenario does, for each firmware of the catalogue', async () => {
    for (const id of await listFirmware(CATALOGUE)) {
      const firmware = await loadFirmware(id, CATALOGUE);
      const files = await firmwarePaths(firmware);
      const ours = qemuArguments({
        firmware,
        files: { ...files, variables: files.variables && 'variables.fd' },
        accelerator: 'tcg',
        mac: mac('52:54:00:12:34:56'),
        identity: {},
        tap: 'tap7',
      });
      const printed = execFileSync(SCRIPT, ['--print', id, 'tap7'], { encoding: 'utf8' });
      expect(printed.trimEnd().split('\n')).toEqual([firmware.qemu.program, ...ours]);
    }
  });

  it.skipIf(getuid?.() !== 0)(
    'boots, and ends by Ctrl-A X (needs root for its tap: run as root)',
    async () => {
      expect(await consoleSays('bios-ipxe', 'iPXE initialising devices')).toContain('SeaBIOS');
      expect(await consoleSays('uefi-x64', '>>Start PXE over IPv4')).toContain('>>Start PXE over IPv4');
    },
  );

  it.each([
    { name: 'nothing', arguments: [] },
    { name: 'an unknown firmware', arguments: ['bios-ipx', 'tap0'] },
  ])('answers $name with how it is used, and exit status 2', ({ arguments: given }) => {
    const run = () => execFileSync(SCRIPT, given, { encoding: 'utf8', stdio: 'pipe' });
    expect(run).toThrow(expect.objectContaining({ status: 2, stderr: expect.stringContaining('bios-ipxe') }));
  });
});
