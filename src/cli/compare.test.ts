import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EXIT } from './command.ts';
import { compare } from './compare.ts';
import { PLACES } from './places.ts';
import { recordingIo } from './testing/io.ts';

const lab = (name: string): string => join(PLACES.captures, 'lab', `${name}.pcap`);

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'pxebench-compare-'));
  onTestFinished(() => rm(made, { recursive: true }));
  return made;
}

type Row = { readonly outcome: string; readonly path: string; readonly a: unknown; readonly b: unknown };

async function compared(...argv: readonly string[]): Promise<{ status: number; rows: readonly Row[] }> {
  const { io, out } = recordingIo();
  const status = await compare.run(['--json', ...argv], io);
  return { status, rows: JSON.parse(out()).rows };
}

const differing = (rows: readonly Row[]): readonly Row[] => rows.filter(({ outcome }) => outcome !== 'same');

describe('compare', () => {
  it.each(['bios-ipxe-rom', 'bios-dumb-by-link', 'slof-ppc64', 's390x-ccw', 'uefi-x64-dumb'])(
    'finds nothing between %s and itself, nor its profile read back',
    async (name) => {
      const profile = join(await folder(), 'profile.yaml');
      const { status, rows } = await compared('--write-profile', profile, lab(name), lab(name));
      expect(differing(rows)).toEqual([]);
      expect(rows.length).toBeGreaterThan(10);
      expect(status).toBe(EXIT.ok);

      const again = await compared(profile, lab(name));
      expect(differing(again.rows)).toEqual([]);
    },
  );

  it('finds that the link took options 77 and 175 from the ROM', async () => {
    const { status, rows } = await compared(lab('bios-ipxe-rom'), lab('bios-dumb-by-link'));
    const options = (stage: string, side: 'a' | 'b'): unknown =>
      rows.find(({ path }) => path === `${stage}.dhcp.discover.options`)?.[side];
    const ofRom = options('ipxe', 'a') as number[];
    expect(options('firmware', 'b')).toEqual(ofRom.filter((code) => code !== 77 && code !== 175));
    expect(ofRom).toEqual(expect.arrayContaining([77, 175]));
    expect(status).toBe(EXIT.failed);
  });

  it('tells UEFI of 64 bits from that of 32 by its architecture', async () => {
    const { rows } = await compared(lab('uefi-x64-dumb'), lab('uefi-ia32-dumb'));
    expect(rows.find(({ path }) => path === 'firmware.dhcp.discover.architecture')).toMatchObject({
      outcome: 'changed',
      a: '7 (x64 UEFI)',
      b: '6 (IA32 UEFI)',
    });
  });

  it('finds octets that changed in one option under its path, and nothing else', async () => {
    const bytes = await readFile(lab('uefi-x64-dumb'));
    const text = Buffer.from('PXEClient:Arch:00007');
    for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) bytes.write('8', at + 19);
    const changed = join(await folder(), 'changed.pcap');
    await writeFile(changed, bytes);
    const { rows } = await compared(lab('uefi-x64-dumb'), changed);
    const paths = differing(rows).map(({ path }) => path);
    expect(paths).toContain('firmware.dhcp.discover.vendor-class');
    expect(paths.filter((path) => !path.endsWith('.vendor-class'))).toEqual([]);
  });

  it('exits 0 when all that differs is allowed', async () => {
    const allow = join(await folder(), 'allow.yaml');
    await writeFile(allow, 'allowed-differences:\n  - path: "**"\n');
    const { status } = await compared('--allow', allow, lab('slof-ppc64'), lab('s390x-ccw'));
    expect(status).toBe(EXIT.ok);
  });

  it('names the clients of a capture where the one asked for is not among them', async () => {
    await expect(
      compared('--client', '00:00:00:00:00:01', lab('s390x-ccw'), lab('s390x-ccw')),
    ).rejects.toMatchObject({ hint: 'there is: 00:12:34:56:78:c1' });
  });
});
