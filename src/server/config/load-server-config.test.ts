import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError } from '../../config/config-error.ts';
import { loadServerConfig } from './load-server-config.ts';

const REFERENCE = `
address: 10.188.0.10
dhcp:
  subnets:
    - network: 10.188.0.0/24
      pool: [10.188.0.60-10.188.0.70, 10.188.0.80]
      lease-time: 12h
      routers: [10.188.0.1]
      dns-servers: [10.188.0.20]
      domain: example.com
      clients:
        - { mac: 00-00-00-00-00-99, address: 10.188.0.99, host-name: ninetynine }
boot:
  files: { 0: undionly.kpxe, 7: ipxe.efi }
  ipxe: http://pxe.example.com/boot1.txt
tftp: { root: www }
http: { root: www }
orders:
  - match: { mac: "00:12:34:56:78:90" }
    order: { chain: http://pxe.example.com/pxelinux.0 }
  - match: { serial: [A*, ""], product: KVM }
    order: { sanboot: { uri: "iscsi:san::::iqn.x", initiator-iqn: iqn.y } }
  - match: { asset: "7" }
    order: { script: shell }
default-order: exit
dns: { origin: example.com, hosts: { pxe.example.com: 10.188.0.10, two.example.com: [10.0.0.1, 10.0.0.2] } }
`;

function configFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'pxebench-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'www'));
  const file = join(folder, 'pxe.yaml');
  writeFileSync(file, text);
  return file;
}

/** What is wrong, as `line field: message`. */
async function problems(text: string): Promise<{ code: string; said: string[] }> {
  const error = await loadServerConfig(configFile(text)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConfigError)) throw error ?? new Error('wanted a ConfigError');
  const said = error.problems.map(({ line, field, message }) => `${line} ${field}: ${message}`);
  return { code: error.code, said };
}
const changed = (from: string | RegExp, to: string): string => {
  const text = REFERENCE.replace(from, to);
  if (text === REFERENCE) throw new Error(`nothing to replace: ${from}`);
  return text;
};

describe('loadServerConfig', () => {
  it('reads every section, with defaults', async () => {
    const file = configFile(REFERENCE);
    const config = await loadServerConfig(file);
    expect(config).toMatchObject({
      address: '10.188.0.10',
      dhcp: {
        serverAddress: '10.188.0.10',
        authoritative: true,
        leaseKey: 'mac',
        subnets: [
          {
            network: '10.188.0.0',
            prefixLength: 24,
            ranges: [
              { first: '10.188.0.60', last: '10.188.0.70' },
              { first: '10.188.0.80', last: '10.188.0.80' },
            ],
            leaseSeconds: 43_200,
          },
        ],
        boot: {
          nextServer: '10.188.0.10',
          inFileField: true,
          inOption67: true,
          longNames: 'option-67',
          pxeOffer: 'plain',
          noProxyDhcp: true,
        },
      },
      tftp: { root: join(file, '../www'), port: 69, limits: { maxBlksize: 1468, maxWindowsize: 16 } },
      http: { root: join(file, '../www'), port: 80, boot2: '/boot2.php' },
      dns: { port: 53, zone: { origin: 'example.com' } },
    });
    const { dhcp, http, dns } = config;
    expect(dhcp?.subnets[0]?.reservations.get('00:00:00:00:00:99' as never)).toMatchObject({
      address: '10.188.0.99',
      hostName: 'ninetynine',
    });
    expect([...(dhcp?.boot.files ?? [])]).toEqual([
      [0, 'undionly.kpxe'],
      [7, 'ipxe.efi'],
    ]);
    expect(http?.orders.rules.map(({ order }) => order)).toEqual([
      expect.objectContaining({ kind: 'chain', url: 'http://pxe.example.com/pxelinux.0' }),
      expect.objectContaining({ kind: 'sanboot', uris: ['iscsi:san::::iqn.x'], initiatorIqn: 'iqn.y' }),
      { kind: 'script', text: 'shell' },
    ]);
    expect(http?.orders.rules[1]?.match.get('serial')).toEqual({ patterns: ['A*', ''], not: false });
    expect(http?.orders.defaultOrder).toEqual({ kind: 'exit' });
    expect(dns?.zone.hosts.get('two.example.com')).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  it('reads a lease without end, and one of a day', async () => {
    const endless = await loadServerConfig(configFile(changed('12h', 'infinite')));
    expect(endless.dhcp?.subnets[0]?.leaseSeconds).toBe(Number.POSITIVE_INFINITY);
    const day = await loadServerConfig(configFile(changed('12h', '1d')));
    expect(day.dhcp?.subnets[0]?.leaseSeconds).toBe(86_400);
  });

  it('reads where leases are kept, relative to the file, there or not yet; absent: nowhere', async () => {
    const text = `${REFERENCE}leases: { file: www/leases.db }\n`;
    const file = configFile(text);
    expect((await loadServerConfig(file)).leases).toEqual({ file: join(file, '..', 'www', 'leases.db') });
    expect((await loadServerConfig(configFile(REFERENCE))).leases).toBeUndefined();
  });

  it('wants the folder of the leases, and DHCP that gives them', async () => {
    expect(await problems(`${REFERENCE}leases: { file: no/leases.db }\n`)).toEqual({
      code: 'CONFIG_REFERENCE',
      said: [expect.stringMatching(/^\d+ leases\.file: no folder ".*no" for it$/)],
    });
    expect((await problems('address: 10.0.0.1\nhttp: {}\nleases: { file: leases.db }\n')).said).toEqual([
      '3 leases: says where DHCP keeps leases, but there is no dhcp',
    ]);
  });

  const longUrl = (length: number) => `http://pxe.example.com/${'x'.repeat(length - 23)}`;
  it.each<[string, string, string]>([
    [
      'an address that is none',
      changed('address: 10.188.0.10', 'address: 10.188.0.300'),
      '2 address: wanted an IPv4 address',
    ],
    ['an unknown key', changed('domain:', 'domian:'), '10 dhcp.subnets[0].domian: unknown key'],
    ['a lease time without unit', changed('12h', '"12"'), '7 dhcp.subnets[0].lease-time: wanted a time'],
    [
      'a network with host bits',
      changed('10.188.0.0/24', '10.188.0.7/24'),
      '5 dhcp.subnets[0].network: 10.188.0.7 is inside',
    ],
    [
      'a pool outside the network',
      changed('10.188.0.80]', '10.188.1.80]'),
      '6 dhcp.subnets[0].pool[1]: 10.188.1.80 is no host',
    ],
    [
      'the broadcast address in a pool',
      changed('10.188.0.80]', '10.188.0.255]'),
      '6 dhcp.subnets[0].pool[1]: 10.188.0.255',
    ],
    [
      'a pool turned round',
      changed('60-10.188.0.70', '70-10.188.0.60'),
      '6 dhcp.subnets[0].pool[0]: wanted the lower',
    ],
    [
      'a client outside the network',
      changed('10.188.0.99', '10.0.0.99'),
      '12 dhcp.subnets[0].clients[0].address: 10.0.0.99',
    ],
    [
      'a file for an HTTP architecture',
      changed('7: ipxe.efi', '16: ipxe.efi'),
      '14 boot.files.16: wanted a URL',
    ],
    [
      'a URL for a PXE architecture',
      changed('7: ipxe.efi', '7: http://h/x.efi'),
      "14 boot.files.7: wanted a file's name",
    ],
    [
      'iPXE sent to iPXE',
      changed('http://pxe.example.com/boot1.txt', 'http://pxe.example.com/ipxe.efi'),
      '15 boot.ipxe: "http://pxe.example.com/ipxe.efi" is what firmware gets',
    ],
    [
      'a URL no option holds',
      changed('http://pxe.example.com/boot1.txt', longUrl(256)),
      '15 boot.ipxe: wanted at most 255 octets',
    ],
    [
      'a chain URL of two words',
      changed('http://pxe.example.com/pxelinux.0', '"a b"'),
      '20 orders[0].order.chain: wanted one word',
    ],
    ['an unknown order', changed('chain:', 'chian:'), '20 orders[0].order.chian: wanted one of'],
    [
      'a MAC address too short',
      changed('"00:12:34:56:78:90"', '"00:12:34:56:78"'),
      '19 orders[0].match.mac: wanted a MAC address',
    ],
    [
      'a UUID too short',
      changed('mac: "00:12:34:56:78:90"', 'uuid: 4c4c4544'),
      '19 orders[0].match.uuid: wanted a UUID',
    ],
    ['orders without a default', changed('default-order: exit\n', ''), '18 orders: default-order is missing'],
    ['nothing to serve', 'address: 10.188.0.10', '1 : nothing to serve'],
    ['boot without dhcp', 'address: 10.188.0.10\nboot: {}\nhttp: {}', '2 boot: says what DHCP tells'],
  ])('tells line and field of %s', async (_, text, said) => {
    const found = await problems(text);
    expect(found.code).toBe('CONFIG_SCHEMA');
    expect(found.said).toEqual([expect.stringContaining(said)]);
  });

  it('tells everything that is wrong at once', async () => {
    const found = await problems(
      changed('10.188.0.80]', '10.188.1.80]').replace('16', '17').replace('default-order: exit', ''),
    );
    expect(found.said).toHaveLength(2);
  });

  it('takes a long URL where it is to be cut, and up to 255 octets in option 67', async () => {
    const url = 'http://pxe.example.com/boot1.txt';
    await expect(
      loadServerConfig(configFile(changed(url, `${longUrl(300)}\n  long-names: cut`))),
    ).resolves.toMatchObject({
      dhcp: { boot: { longNames: 'cut' } },
    });
    await expect(loadServerConfig(configFile(changed(url, longUrl(255))))).resolves.toBeDefined();
    const fileOnly = await problems(changed(url, `${longUrl(128)}\n  boot-file-in: [file]`));
    expect(fileOnly.said).toEqual([expect.stringContaining('wanted at most 127 octets')]);
  });

  it('tells which folder is not there', async () => {
    const found = await problems(changed('tftp: { root: www }', 'tftp: { root: nowhere }'));
    expect(found).toMatchObject({
      code: 'CONFIG_REFERENCE',
      said: [expect.stringContaining('16 tftp.root: no folder "nowhere"')],
    });
  });
});
