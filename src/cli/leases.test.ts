import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { lockLeaseFile, openLeaseFile } from '../server/shell/lease-file.ts';
import { EXIT } from './command.ts';
import { leases } from './leases.ts';
import type { DnsmasqGave } from './testing/dnsmasq-with-clients.ts';
import { recordingIo } from './testing/io.ts';

const base = mkdtempSync(join(tmpdir(), 'pxebench-cli-leases-'));
afterAll(() => rmSync(base, { recursive: true }));
let folders = 0;

/** A configuration with leases on disk, in a folder of its own. */
function configured(pool = '10.188.0.60-10.188.0.99'): { readonly folder: string; readonly config: string } {
  const folder = mkdtempSync(join(base, `${folders++}-`));
  const config = join(folder, 'pxe.yaml');
  writeFileSync(
    config,
    `address: 10.188.0.10
leases: { file: leases.db }
dhcp: { subnets: [{ network: 10.188.0.0/24, pool: [${pool}], lease-time: 1h }] }
`,
  );
  return { folder, config };
}

async function run(...argv: string[]) {
  const { io, out, err } = recordingIo();
  const status = await leases.run(argv, io);
  return { status, out: out(), err: err() };
}
const listed = async (config: string): Promise<readonly Record<string, unknown>[]> =>
  JSON.parse((await run('list', '--json', '--config', config)).out);

describe('pxebench leases import', () => {
  const dnsmasq = ['/usr/sbin/dnsmasq', '/usr/local/sbin/dnsmasq'].find((file) => existsSync(file));

  it.skipIf(dnsmasq === undefined)(
    'takes over what a real dnsmasq gave, and nothing the second time (needs dnsmasq: make setup)',
    async () => {
      const { folder, config } = configured();
      const file = join(folder, 'dnsmasq.leases');
      const script = join(import.meta.dirname, 'testing', 'dnsmasq-with-clients.ts');
      const root = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
      const { stdout } = await promisify(execFile)(
        'unshare',
        [...root, '--net', process.execPath, '--no-warnings', script, file],
        { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } },
      );
      const gave = JSON.parse(stdout) as DnsmasqGave;
      expect(gave).toHaveLength(20);

      const first = await run('import', '--from', 'dnsmasq', file, '--config', config);
      expect(first).toMatchObject({ status: EXIT.ok, err: '' });
      expect(first.out).toBe(`${file}: 20 taken over, 0 prolonged, 0 there already\n`);
      const after = await listed(config);
      expect(after.map(({ client, address }) => ({ mac: client, address }))).toEqual(
        gave.toSorted((a, b) => (lastOctet(a.address) < lastOctet(b.address) ? -1 : 1)),
      );
      expect(after.find(({ client }) => client === '02:00:00:00:00:01')).toMatchObject({
        ...{ address: '10.188.0.61', until: null, hostName: 'forever', state: 'bound' },
      });

      const second = await run('import', '--from', 'dnsmasq', file, '--config', config, '--json');
      expect(JSON.parse(second.out)).toMatchObject({ added: 0, prolonged: 0, unchanged: 20, kept: [] });
      expect(await listed(config)).toEqual(after);
    },
    60_000,
  );

  it('names lines it cannot read, what is of DHCPv6, and what no subnet may give; and takes the rest', async () => {
    const { folder, config } = configured('10.188.0.60-10.188.0.61');
    const file = join(folder, 'dnsmasq.leases');
    const end = Math.ceil(Date.now() / 1000) + 1000;
    writeFileSync(
      file,
      `${end} 02:00:00:00:00:01 10.188.0.60 pc1 *
${end} 02:00:00:00:00:02 10.188.0.70 * ff:01
nonsense
duid 00:01
${end} 1 fd00::1 * 00
`,
    );
    const { status, out, err } = await run('import', '--from', 'dnsmasq', file, '--config', config);
    expect(status).toBe(EXIT.failed);
    expect(err).toBe(`${file}:3: wanted 5 words, got 1\n`);
    expect(out.split('\n')).toEqual([
      `${file}: 2 taken over, 0 prolonged, 0 there already`,
      '1 of addresses that no subnet of the configuration may give: kept, not used',
      '1 of DHCPv6 left out: this server speaks IPv4',
      '',
    ]);
    expect((await run('list', '--config', config)).out).toBe(
      `10.188.0.60      02:00:00:00:00:01  bound     ${new Date(1000 * end).toISOString()}  pc1
10.188.0.70      02:00:00:00:00:02  bound     ${new Date(1000 * end).toISOString()}
`,
    );
  });

  it('keys leases as the configuration does: by option 61 where it says so', async () => {
    const { folder, config } = configured();
    writeFileSync(config, readFileSync(config, 'utf8').replace('dhcp: {', 'dhcp: { lease-key: client-id,'));
    const file = join(folder, 'dnsmasq.leases');
    writeFileSync(
      file,
      `0 02:00:00:00:00:01 10.188.0.60 * ff:01:02
0 02:00:00:00:00:02 10.188.0.61 * 01:02:00:00:00:00:02
`,
    );
    await run('import', '--from', 'dnsmasq', file, '--config', config);
    expect((await listed(config)).map(({ client }) => client)).toEqual(['id:ff0102', '02:00:00:00:00:02']);
  });

  it('refuses while a server has the file', async () => {
    const { folder, config } = configured();
    const file = join(folder, 'dnsmasq.leases');
    writeFileSync(file, '');
    const leasesFile = join(folder, 'leases.db');
    using _lock = lockLeaseFile(leasesFile);
    using _server = openLeaseFile(leasesFile);
    await expect(run('import', '--from', 'dnsmasq', file, '--config', config)).rejects.toMatchObject({
      code: 'SERVER_LEASES_IN_USE',
    });
    expect(await listed(config)).toEqual([]);
  });
});

describe('pxebench leases', () => {
  it.each([
    [[], 'wanted list or import, got nothing'],
    [['show'], 'wanted list or import, got show'],
    [['list'], 'wanted --config FILE'],
    [['import', '--config', 'CONFIG', 'x'], 'wanted --from dnsmasq'],
    [['import', '--config', 'CONFIG', '--from', 'kea', 'x'], '--from: wanted dnsmasq, got "kea"'],
    [['import', '--config', 'CONFIG', '--from', 'dnsmasq'], "wanted dnsmasq's file of leases, got none"],
  ])('says what it wants in place of %j', async (argv, message) => {
    const { config } = configured();
    await expect(run(...argv.map((word) => (word === 'CONFIG' ? config : word)))).rejects.toMatchObject({
      name: 'UsageError',
      message,
    });
  });

  it('says that a configuration without leases keeps none', async () => {
    const { config } = configured();
    writeFileSync(config, readFileSync(config, 'utf8').replace('leases: { file: leases.db }\n', ''));
    await expect(run('list', '--config', config)).rejects.toMatchObject({
      message: `${config} keeps no leases on disk`,
      hint: 'give it a section "leases: { file: leases.db }"',
    });
  });
});

const lastOctet = (address: string): number => Number(address.split('.').at(-1));
