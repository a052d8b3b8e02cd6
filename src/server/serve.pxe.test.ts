import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { formatEvent } from './event.ts';
import type { SeenPxe } from './testing/pxe-on-a-wire.ts';

const base = mkdtempSync(join(tmpdir(), 'pxebench-pxe-'));
mkdirSync(join(base, 'www'));
copyFileSync('/usr/lib/ipxe/ipxe.efi', join(base, 'www', 'ipxe.efi'));
afterAll(() => rmSync(base, { recursive: true }));

async function onAWire(text: string): Promise<SeenPxe> {
  const file = join(base, `${Math.random()}.yaml`);
  writeFileSync(file, `address: 10.188.0.10\n${text}`);
  const script = join(import.meta.dirname, 'testing', 'pxe-on-a-wire.ts');
  // Root makes a network namespace as it is, others inside a user namespace of their own.
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const { stdout } = await promisify(execFile)('unshare', [...user, '--net', process.execPath, script, file]);
  return JSON.parse(stdout) as SeenPxe;
}

const BOOT = `
tftp: { root: www, port: 0 }
boot:
  ipxe: http://pxe.example.com/boot1.txt
  files: { efi-x64: ipxe.efi, bios: absent.0 }
  pxe-menu: { items: [{ text: iPXE, files: { efi-x64: ipxe.efi } }] }
`;
const client = { toMac: '00:12:34:56:78:90', toAddress: '10.188.0.66' };

describe('serve, with a PXE boot server', () => {
  it('beside another DHCP server, on ports 67 and 4011 (PROXY-001, -004, -006, -011)', async () => {
    const { offer, relayed, boot, item, ports, events } = await onAWire(`proxy: {}\n${BOOT}`);
    expect(offer).toMatchObject({
      toMac: 'ff:ff:ff:ff:ff:ff',
      toAddress: '255.255.255.255',
      ports: [67, 68],
      type: 'offer',
      yiaddr: '0.0.0.0',
      file: 'ipxe.efi',
      class: 'PXEClient',
    });
    expect(relayed).toMatchObject({ toAddress: '10.188.0.1', ports: [67, 67], yiaddr: '0.0.0.0' });
    expect(boot.map(({ ports }) => ports)).toEqual([
      [4011, 68],
      [4011, 4011],
      [4011, 68],
      [4011, 4011],
    ]);
    for (const reply of boot) expect(reply).toMatchObject({ ...client, type: 'ack', file: 'ipxe.efi' });
    expect(item).toMatchObject({
      ...client,
      ports: [4011, 4011],
      vendor: '470480000000ff',
      file: 'ipxe.efi',
    });
    expect(ports).toMatchObject({ proxy: 67, bootServer: 4011 });
    expect(events.map(formatEvent)).toEqual(
      expect.arrayContaining([
        'server warning: boot file absent.0 is missing in the TFTP folder',
        'server serves proxyDHCP on s0, beside another DHCP server',
        'server serves PXE boot server on 10.188.0.10:4011',
        'dhcp 00:12:34:56:78:90 offer "ipxe.efi" (proxy: architecture 7 (x64 UEFI) by option-93)',
        'dhcp 00:12:34:56:78:90 ack 10.188.0.66 "ipxe.efi" (boot server: item 32768 "iPXE")',
      ]),
    );
  });

  it('as a DHCP server whose offers have a menu (PXE-016)', async () => {
    const dhcp = 'dhcp: { subnets: [{ network: 10.188.0.0/24, pool: [10.188.0.66], lease-time: 1h }] }';
    const { offer, boot, item, ports } = await onAWire(`${dhcp}\n${BOOT}`);
    expect(offer).toMatchObject({ ...client, yiaddr: '10.188.0.66', class: 'PXEClient' });
    expect(offer.vendor?.startsWith('060107')).toBe(true);
    for (const reply of [...boot, item]) expect(reply).toMatchObject({ ...client, file: 'ipxe.efi' });
    expect(ports).toMatchObject({ dhcp: 67, bootServer: 4011 });
  });
});
