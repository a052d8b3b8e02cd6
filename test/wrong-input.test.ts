/** What a user gets who types something wrong: exit status 2, what was wanted and got, and what to do. Nothing starts. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const PXEBENCH = resolve(import.meta.dirname, '..', 'bin', 'pxebench');
const CAPTURES = resolve(import.meta.dirname, '..', 'captures');

const folder = await mkdtemp(join(tmpdir(), 'pxebench-wrong-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function put(path: string, text: string | Uint8Array): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), text);
}

const SCENARIO = `title: x
servers: [reference]
client: { firmware: bios-ipxe, mac: "00:12:34:56:78:90" }
expect: [{ dhcp: offer }]
`;
await put('good.yaml', SCENARIO);
await put('other/good.yaml', SCENARIO);
await put('typo.yaml', SCENARIO.replace('dhcp', 'dhpc'));
await put('syntax.yaml', 'title: x\nservers: [seed\nexpect: 3\n');
await put('variant.yaml', `${SCENARIO}variant: direct-boot3\n`);
await put('name.yaml', `${SCENARIO}names: { a.example.com: 10.1 }\n`);
await put('srv/server.yaml', 'title: x\nhosts: { pxee: [{ run: [sleep, "9"], ready: { udp: 67 } }] }\n');
await put('rootless/server.yaml', 'title: x\nhosts: { pxe: [{ run: [sleep, "9"], ready: { udp: 67 } }] }\n');
await put(
  'swap/server.yaml',
  'title: x\nhosts: {}\nvariants: { v: { about: x, replace: { a.conf: b.conf } } }\n',
);
await put('files.yaml', `${SCENARIO}files: { a: b }\n`.replace('reference', './rootless'));
await put('empty/readme.txt', '');
await put('other.pcap', 'GIF89a');

const SEED_SCENARIO = 'seed/unknown-client-exits';

const ROWS: readonly { readonly argv: readonly string[]; readonly says: string | RegExp }[] = [
  { argv: ['rnu'], says: 'error: unknown command "rnu"\nremedy: did you mean "run"?' },
  { argv: ['run', '--servr', 'x'], says: 'unknown option --servr\nremedy: did you mean "--server"?' },
  { argv: ['run', '--server'], says: '--server: wanted a value, got none' },
  { argv: ['record'], says: 'wanted one of --firmware ID, --scenario ID and a capture, got 0' },
  {
    argv: ['record', '--firmware', 'bios-ipex'],
    says: 'no firmware "bios-ipex"\nremedy: did you mean "bios-ipxe"?',
  },
  { argv: ['record', '--firmware', 'bios-ipxe', '--name', '../x'], says: '--name: wanted letters, digits' },
  {
    argv: ['record', '--firmware', 'bios-ipxe', '--mac', '12'],
    says: '--mac: wanted six octets in hex, got "12"',
  },
  {
    argv: ['record', '--firmware', 'bios-ipxe', '--uuid', 'x'],
    says: '--uuid: wanted 8-4-4-4-12 hex digits or none',
  },
  {
    argv: ['record', '--firmware', 'bios-ipxe', '--give-up', '0'],
    says: '--give-up: wanted seconds, more than 0',
  },
  {
    argv: ['record', '--firmware', 'bios-ipxe', '--server', 'refrence'],
    says: 'refrence: no server of that name; did you mean "reference"?',
  },
  {
    argv: ['record', '--firmware', 'bios-ipxe', '--into', 'other.pcap'],
    says: /--into: .*other\.pcap.*: a part of the path is a file\nremedy: name a folder of yours/,
  },
  { argv: ['record', 'nowhere.pcap'], says: /nowhere\.pcap: there is no such file/ },
  { argv: ['record', 'other.pcap'], says: /other\.pcap: This is not a capture file/ },
  {
    argv: ['replay', 'other.pcap', '--server', 'reference'],
    says: /other\.pcap: This is not a capture file/,
  },
  {
    argv: ['record', join(CAPTURES, 'lab', 'slof-ppc64.pcap'), '--client', '00:00:00:00:00:01'],
    says: /has no client 00:00:00:00:00:01 .*\nremedy: there is: 00:12:34:56:78:b1/,
  },
  { argv: ['record', '--scenario', 'recorded/uefi-x46'], says: 'did you mean "recorded/uefi-x64"?' },
  { argv: ['record', '--scenario', 'recorded/uefi-x64', '--mac', 'x'], says: '--mac: the scenario says it' },
  { argv: ['compare', '--boot', 'uefi-x46'], says: '--boot: no firmware "uefi-x46"' },
  { argv: ['compare', '--server', 'seed', 'a', 'b'], says: '--server: only with --boot' },
  { argv: ['run', '--json=1'], says: '--json: takes no value' },
  { argv: ['run', '--workers', 'x'], says: '--workers: wanted a number from 1, got "x"' },
  { argv: ['run', '--shard', '3/2'], says: '--shard: wanted I/N with I from 1 to N, got "3/2"' },
  {
    argv: ['run', SEED_SCENARIO, '--shard', '1/2'],
    says: 'no more parts than scenarios, got 2 for 1 scenario',
  },
  { argv: ['run', 'seed/unknown-client'], says: 'did you mean "seed/unknown-client-exits"?' },
  { argv: ['run', './nowhere.yaml'], says: /no scenario "\.\/nowhere\.yaml": no such file or folder/ },
  { argv: ['run', './empty'], says: /no scenario in .*\/empty\nremedy: wanted a folder with \.yaml files/ },
  { argv: ['run', '--server', 'sed'], says: 'sed: no server of that name; did you mean "seed"?' },
  { argv: ['run', '--server', './empty'], says: './empty: wanted a folder with a server.yaml, found none' },
  {
    argv: ['run', '--firmware', 'bios-ipex'],
    says: 'no firmware "bios-ipex"\nremedy: did you mean "bios-ipxe"?',
  },
  {
    argv: ['run', 'typo.yaml'],
    says: /typo\.yaml:4:12: expect\[0\]\.dhpc: wanted one of dhcp, .*; did you mean "dhcp"\?/,
  },
  { argv: ['run', 'syntax.yaml'], says: /syntax\.yaml:3:1: not YAML: / },
  { argv: ['run', 'name.yaml'], says: /name\.yaml:5:10: names\.a\.example\.com: wanted a text, got 10\.1/ },
  {
    argv: ['run', 'variant.yaml'],
    says: /variant\.yaml:5:1: variant: server reference has no variant .*; did you mean/,
  },
  {
    argv: ['run', 'good.yaml', 'other/good.yaml'],
    says: /two scenarios are called "good": .*good\.yaml and /,
  },
  {
    argv: ['run', SEED_SCENARIO, '--server', 'seed', '--server', 'seed'],
    says: `${SEED_SCENARIO} would boot twice against server "seed"`,
  },
  {
    argv: ['run', SEED_SCENARIO, '--server', './srv'],
    says: /srv\/server\.yaml:2:10: hosts\.pxee: the lab has no host "pxee"; did you mean "pxe"\?/,
  },
  {
    argv: ['run', SEED_SCENARIO, '--server', 'reference', '--report', 'good.yaml'],
    says: 'wanted a folder, got a file',
  },
  {
    argv: ['run', 'files.yaml'],
    says: /files\.yaml:5:1: files: server rootless has no document root for them/,
  },
  {
    argv: ['run', 'seed/boot2-url-is-cut', '--server', './rootless'],
    says: 'server rootless has no variant "direct-boot2"',
  },
  {
    argv: ['run', '--server', './swap'],
    says: /swap\/server\.yaml:3:39: variants\.v\.replace\.a\.conf: no file "b\.conf" in /,
  },
  { argv: ['list'], says: 'wanted one of scenarios, servers, firmware, checks, captures; got nothing' },
  { argv: ['list', 'servers', 'firmware'], says: 'wanted one list, got servers firmware' },
  { argv: ['doctor', 'x'], says: 'unexpected "x"' },
  { argv: ['explain'], says: 'wanted one capture, got 0' },
  { argv: ['explain', 'nowhere.pcap'], says: 'capture nowhere.pcap: there is no such file' },
  { argv: ['explain', 'other.pcap'], says: /other\.pcap: This is not a capture file: .*got .*\("GIF89a"\)/ },
  { argv: ['serve'], says: 'wanted --config FILE' },
  { argv: ['serve', '--config', 'good.yaml'], says: /good\.yaml:1:1: address: missing; wanted a text/ },
  {
    argv: ['serve', '--config', join(CAPTURES, 'lab', 's390x-ccw.pcap')],
    says: 'got something that is no text',
  },
];

describe('pxebench', () => {
  it.concurrent.each(ROWS.map((row) => ({ ...row, line: row.argv.join(' ') })))(
    'refuses "$line" with status 2',
    async ({ argv, says }) => {
      const { status, out, err } = await new Promise<{ status: unknown; out: string; err: string }>(
        (done) => {
          execFile(PXEBENCH, argv, { cwd: folder }, (error, out, err) =>
            done({ status: error?.code ?? 0, out, err }),
          );
        },
      );
      expect({ status, out }, err).toEqual({ status: 2, out: '' });
      if (typeof says === 'string') expect(err).toContain(says);
      else expect(err).toMatch(says);
      expect(err, 'our own stack is for our own faults').not.toMatch(/\n\s+at /);
    },
  );
});
