import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { BETWEEN_RUNS } from '../profile/between-runs.ts';
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

  it('writes profiles that name their schema, their version and what may differ between runs', async () => {
    const profile = join(await folder(), 'rom.yaml');
    await compare.run(['--write-profile', profile, lab('s390x-ccw')], recordingIo().io);
    const text = await readFile(profile, 'utf8');
    const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
    expect(resolve(dirname(profile), schema)).toBe(join(PLACES.schemas, 'profile.schema.json'));
    const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(
      JSON.parse(await readFile(resolve(dirname(profile), schema), 'utf8')),
    );
    const value = parse(text);
    expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
    expect(value).toMatchObject({ format: 'pxebench-profile/1', 'allowed-differences': BETWEEN_RUNS });
  });

  it('says of a wrong profile where it is wrong, and what was meant', async () => {
    const profile = join(await folder(), 'rom.yaml');
    const lines = [
      'format: pxebench-profile/2',
      'title: x',
      'allowed-differences:',
      '  - path: firmwar.dhcp.**',
      'stages:',
      '  firmware:',
      '    dhpc: {}',
      '    dhcp:',
      '      discover:',
      '        optoins: [1]',
    ];
    await writeFile(profile, lines.join('\n'));
    await expect(compared(profile, lab('s390x-ccw'))).rejects.toMatchObject({
      code: 'CONFIG_SCHEMA',
      problems: expect.arrayContaining([
        expect.objectContaining({ line: 1, field: 'format', hint: 'did you mean "pxebench-profile/1"?' }),
        expect.objectContaining({ line: 4, field: 'allowed-differences[0].path' }),
        expect.objectContaining({ line: 7, hint: 'did you mean "dhcp"?' }),
        expect.objectContaining({ line: 10, hint: 'did you mean "options"?' }),
      ]),
    });
  });

  it('has a document with clients, remarks and counts', async () => {
    const { io, out } = recordingIo();
    await compare.run(['--json', lab('s390x-ccw'), lab('slof-ppc64')], io);
    const document = JSON.parse(out());
    expect(document).toMatchObject({
      format: 'pxebench-compare/1',
      a: { path: lab('s390x-ccw'), client: '00:12:34:56:78:c1', title: 'no vendor class', remarks: [] },
      differs: true,
    });
    const { same, changed, gone, new: added, rows } = document;
    expect(same + changed + gone + added).toBe(rows.length);
  });

  it('breaks no line of its table beyond the terminal, and colours none where there is no terminal', async () => {
    for (const width of [60, 80, 200]) {
      const { io, out } = recordingIo({ width });
      const argv = ['--all', lab('bios-ipxe-rom'), lab('uefi-x64-dumb')];
      await compare.run(argv, io);
      const table = out().split('\n').slice(2);
      // A path is one word.
      const wide = table.filter((line) => line.length > width && line.trim().includes(' '));
      expect(wide).toEqual([]);
      expect(out()).not.toContain('\x1b');
      expect(table.at(-2)).toMatch(/^\d+ same, \d+ changed, \d+ gone, \d+ new/);
    }
  });

  it('shows a stage that only one side has as one line, and its facts with --all', async () => {
    const shown = async (...argv: readonly string[]): Promise<string> => {
      const { io, out } = recordingIo();
      await compare.run([...argv, lab('bios-ipxe-rom'), lab('bios-dumb-by-link')], io);
      return out();
    };
    expect(await shown()).toMatch(/^ {2}firmware: \d+ facts$/m);
    expect(await shown()).not.toContain('firmware.dhcp.discover.options');
    expect(await shown('--all')).toContain('firmware.dhcp.discover.options');
  });

  it.each([
    { of: 'noise', bytes: Buffer.alloc(1000, 'noise'), says: /This is not a capture file/ },
    {
      of: 'a capture without frames',
      bytes: Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex'),
      says: /no client/,
    },
  ])('says in a sentence why $of cannot be compared', async ({ bytes, says }) => {
    const file = join(await folder(), 'x.pcap');
    await writeFile(file, bytes);
    await expect(compared(file, file)).rejects.toMatchObject({ message: expect.stringMatching(says) });
  });

  it('says of several clients which there are, and of a cut capture where it ends', async () => {
    const several = join(PLACES.captures, 'public', 'ipphone-cisco7911-overload3-opt150.pcap');
    await expect(compared(several, several)).rejects.toMatchObject({
      message: expect.stringContaining('has 11 clients'),
      hint: expect.stringContaining('00:1b:d5:85:36:61'),
    });
    const cut = join(await folder(), 'cut.pcap');
    await writeFile(cut, (await readFile(lab('uefi-x64-dumb'))).subarray(0, 20_000));
    const { io, err } = recordingIo();
    expect(await compare.run([cut, cut], io)).toBe(EXIT.ok);
    expect(err()).toMatch(/note: .*cut\.pcap: The capture ends at byte 20000/);
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
