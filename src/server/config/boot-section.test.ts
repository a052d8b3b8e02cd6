import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError } from '../../config/config-error.ts';
import { bootWarnings } from './boot-warnings.ts';
import { loadServerConfig } from './load-server-config.ts';

const DHCP = `address: 10.188.0.10
dhcp:
  subnets:
    - { network: 10.188.0.0/24, pool: [10.188.0.60], lease-time: 12h, clients: [CLIENTS] }
tftp: { root: www }
`;
const PROXY = 'address: 10.188.0.10\nproxy: {}\n';
const base = (text: string, clients = '') => `${DHCP.replace('CLIENTS', clients)}${text}`;

function configFile(text: string, files: Readonly<Record<string, Uint8Array>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'pxebench-boot-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'www'));
  for (const [name, octets] of Object.entries(files)) writeFileSync(join(folder, 'www', name), octets);
  const file = join(folder, 'pxe.yaml');
  writeFileSync(file, text);
  return file;
}
const load = (text: string, files?: Readonly<Record<string, Uint8Array>>) =>
  loadServerConfig(configFile(text, files));
async function problems(text: string, files?: Readonly<Record<string, Uint8Array>>) {
  const error = await load(text, files).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConfigError)) throw error ?? new Error('wanted a ConfigError');
  return {
    code: error.code,
    said: error.problems.map((one) => `${one.line} ${one.field}: ${one.message}; ${one.hint}`),
  };
}

describe('boot', () => {
  it('takes architectures by name and by number', async () => {
    const { dhcp } = await load(
      base(
        'boot: { files: { bios: a.0, efi-x64: b.efi, 11: c.efi, efi-x64-http: http://h/d.efi, efi-riscv64: e } }',
      ),
    );
    expect([...(dhcp?.boot.files ?? [])].toSorted(([a], [b]) => a - b)).toEqual([
      [0, 'a.0'],
      [7, 'b.efi'],
      [11, 'c.efi'],
      [16, 'http://h/d.efi'],
      [27, 'e'],
    ]);
  });

  it('reads a menu, with types of its own and its servers', async () => {
    const { dhcp } = await load(
      base(`boot:
  pxe-menu:
    timeout: never
    items:
      - { text: Local disk, local-disk: true }
      - { text: iPXE, files: { bios: undionly.kpxe }, next-server: 10.188.0.40 }
      - { text: WDS, server: 10.188.0.77, type: 15 }
`),
    );
    expect(dhcp?.boot).toMatchObject({
      pxeOffer: 'menu',
      menu: {
        prompt: 'Press F8 for a boot menu',
        timeout: 255,
        items: [
          { type: 0, text: 'Local disk', server: undefined },
          { type: 0x8001, nextServer: '10.188.0.40', files: new Map([[0, 'undionly.kpxe']]) },
          { type: 15, server: '10.188.0.77' },
        ],
      },
    });
  });

  it('gives a client its own, and the rest of what everybody gets', async () => {
    const { dhcp } = await load(
      base(
        'boot: { files: { bios: a.0 }, ipxe: http://h/s, next-server-name: n.example.com }',
        `{ mac: "00:00:00:00:00:99", address: 10.188.0.99, boot: { root-path: "iscsi:san::::iqn.2007-08.com.example:x" } },
         { mac: "00:00:00:00:00:98", address: 10.188.0.98, boot: { file: own.0, next-server: 10.188.0.40 } }`,
      ),
    );
    const own = (last: string) => dhcp?.subnets[0]?.reservations.get(`00:00:00:00:00:${last}` as never)?.boot;
    expect(own('99')).toEqual({ ipxe: undefined, rootPath: 'iscsi:san::::iqn.2007-08.com.example:x' });
    expect(own('98')).toEqual({
      anyArchitecture: 'own.0',
      nextServer: '10.188.0.40',
      nextServerName: undefined,
    });
  });

  const items = (...list: string[]) => `boot: { pxe-menu: { items: [${list.join(', ')}] } }`;
  it.each<[string, string, string]>([
    [
      'a mistyped architecture',
      base('boot: { files: { efi-x46: a.efi } }'),
      '6 boot.files.efi-x46: "efi-x46" is no architecture; did you mean "efi-x64"?',
    ],
    [
      'a number too large',
      base('boot: { files: { 70000: a } }'),
      '6 boot.files.70000: "70000" is no architecture',
    ],
    [
      'one architecture twice',
      base('boot: { files: { 7: a.efi, efi-x64: b.efi } }'),
      '6 boot.files.efi-x64: architecture 7 stands twice',
    ],
    [
      'iPXE for iPXE by its name alone',
      base('boot: { ipxe: http://h/snponly.efi }'),
      '6 boot.ipxe: "http://h/snponly.efi" is iPXE by its name: iPXE would load it for ever',
    ],
    [
      'iPXE for iPXE from a menu',
      base('boot: { ipxe: http://h/x.0, pxe-menu: { items: [{ text: a, files: { bios: b/X.0 } }] } }'),
      '6 boot.ipxe: "http://h/x.0" is what firmware gets',
    ],
    [
      'iPXE for the iPXE of one client',
      base(
        'boot: { ipxe: http://h/s }',
        '{ mac: "00:00:00:00:00:99", address: 10.188.0.99, boot: { ipxe: http://h/ipxe.efi } }',
      ),
      '4 dhcp.subnets[0].clients[0].boot.ipxe: "http://h/ipxe.efi" is iPXE by its name',
    ],
    [
      "one client's file that is everybody's script",
      base(
        'boot: { ipxe: boot.ipxe }',
        '{ mac: "00:00:00:00:00:99", address: 10.188.0.99, boot: { file: boot.ipxe } }',
      ),
      '4 dhcp.subnets[0].clients[0].boot.file: "boot.ipxe" is what firmware gets',
    ],
    [
      'a menu that is not there',
      base('boot: { pxe-offer: menu }'),
      '6 boot.pxe-offer: a menu is offered, but there is no pxe-menu',
    ],
    [
      'a menu that is not offered',
      base('boot: { pxe-offer: plain, pxe-menu: { items: [{ text: a, local-disk: true }] } }'),
      '6 boot.pxe-offer: there is a pxe-menu, but "plain" does not offer it',
    ],
    [
      'an item with nothing',
      base(items('{ text: a }')),
      'items[0]: wanted one of files, server and local-disk; got none',
    ],
    [
      'an item with two things',
      base(items('{ text: a, files: { bios: a.0 }, local-disk: true }')),
      'items[0]: wanted one of files, server and local-disk; got files and local-disk',
    ],
    [
      'UEFI HTTP boot in a menu',
      base(items('{ text: a, files: { efi-x64-http: "http://h/a.efi" } }')),
      'items[0].files.efi-x64-http: UEFI HTTP boot knows no PXE menu',
    ],
    ['a server without a type', base(items('{ text: a, server: 10.0.0.1 }')), '"type" is missing'],
    [
      'a type twice',
      base(items('{ text: a, files: { bios: a.0 }, type: 5 }', '{ text: b, files: { bios: b.0 }, type: 5 }')),
      'items[1]: type 5 stands twice',
    ],
    [
      'a menu too large',
      base(
        items(
          ...Array.from({ length: 4 }, (_, n) => `{ text: ${'x'.repeat(60)}${n}, files: { bios: a.0 } }`),
        ),
      ),
      '6 boot.pxe-menu: wanted at most 255 octets of option 43',
    ],
    [
      'a menu far too large',
      base(
        items(
          ...Array.from({ length: 9 }, (_, n) => `{ text: ${'x'.repeat(60)}${n}, files: { bios: a.0 } }`),
        ),
      ),
      '6 boot.pxe-menu: wanted at most 255 octets of option 43',
    ],
    [
      'a root path without a target',
      base('boot: { root-path: "iscsi:san:6:3260:0" }'),
      '6 boot.root-path: wanted iscsi:SERVER:PROTOCOL:PORT:LUN:TARGET',
    ],
    [
      'a server name that sname does not hold',
      base(`boot: { next-server-name: ${'n'.repeat(64)} }`),
      '6 boot.next-server-name: wanted at most 63 octets, which sname holds; got 64',
    ],
    [
      'a feature that iPXE has not',
      base('boot: { ipxe-needs: [htp] }'),
      '6 boot.ipxe-needs[0]: wanted one of',
    ],
    [
      'a proxy beside a DHCP server of its own',
      base('proxy: {}'),
      '6 proxy: stands beside another DHCP server, but there is dhcp too',
    ],
    [
      'a proxy without option 60',
      `${PROXY}boot: { pxe-offer: plain }`,
      "3 boot.pxe-offer: PXE ROMs take another server's offer without an address only with option 60",
    ],
    [
      'a proxy that sends to a port nobody serves',
      'address: 10.188.0.10\nproxy: { boot-server: false }\nboot: { pxe-offer: boot-server }',
      '2 proxy.boot-server: pxe-offer boot-server sends clients to port 4011, which would not be served',
    ],
    [
      'a root path from a proxy alone',
      `${PROXY}boot: { root-path: "iscsi:san::::iqn.x.y" }`,
      '3 boot.root-path: iPXE takes it from a proxy only together with a script',
    ],
  ])('tells line and field of %s', async (_, text, said) => {
    const found = await problems(text);
    expect(found.code).toBe('CONFIG_SCHEMA');
    expect(found.said).toEqual([expect.stringContaining(said)]);
  });

  it.each([
    'iscsi:san.example.com:6:3260:0:iqn.2007-08.com.example.san:disk',
    'iscsi:10.0.0.1::::iqn.2007-08.com.example.san:disk:1',
    'iscsi:[2001:db8::1]::3260:1f:eui.02004567a425678d',
    'aoe:e0.0',
    '/srv/nfs',
  ])('takes the root path %s', async (rootPath) => {
    const { dhcp } = await load(base(`boot: { root-path: "${rootPath}" }`));
    expect(dhcp?.boot.rootPath).toBe(rootPath);
  });

  it('offers option 60 with 43.6 = 8 beside another DHCP server', async () => {
    const { proxy } = await load(`${PROXY}boot: { files: { bios: a.0 } }`);
    expect(proxy).toMatchObject({ boot: { pxeOffer: 'skip-discovery' }, withBootServer: true });
  });
});

describe('a boot file for another machine', () => {
  const ipxeEfi = readFileSync('/usr/lib/ipxe/ipxe.efi');
  const undionly = readFileSync('/usr/lib/ipxe/undionly.kpxe');
  const files = { 'ipxe.efi': ipxeEfi, 'undionly.kpxe': undionly };

  it('is refused with line, field and remedy (pftf/RPi4#191)', async () => {
    const text = base(`boot:
  files:
    bios: ipxe.efi
    efi-x64: undionly.kpxe
    efi-arm64: ipxe.efi
  pxe-menu:
    items:
      - { text: a, files: { efi-ia32: ipxe.efi } }
`);
    const remedy = (name: string) =>
      `; put a program for ${name} there, or name it under the architecture it is for`;
    expect(await problems(text, files)).toEqual({
      code: 'CONFIG_REFERENCE',
      said: [
        `8 boot.files.bios: ipxe.efi is not for x86 BIOS: it is an EFI program for x64, which a BIOS cannot start${remedy('bios')}`,
        `9 boot.files.efi-x64: undionly.kpxe is not for x64 UEFI: wanted an EFI program for x64, got no PE image: it does not begin with "MZ"${remedy('efi-x64')}`,
        `10 boot.files.efi-arm64: ipxe.efi is not for ARM64 UEFI: wanted an EFI program for ARM64, got one for x64${remedy('efi-arm64')}`,
        `13 boot.pxe-menu.items[0].files.efi-ia32: ipxe.efi is not for IA32 UEFI: wanted an EFI program for i386, got one for x64${remedy('efi-ia32')}`,
      ],
    });
  });

  it('is refused behind a URL of this server too, by address and by name', async () => {
    const http = (url: string) =>
      base(
        `boot: { files: { efi-arm64-http: "${url}" } }\nhttp: { root: www }\n` +
          'dns: { origin: example.com, hosts: { pxe.example.com: 10.188.0.10, other.example.com: 10.188.0.20 } }',
      );
    for (const url of ['http://10.188.0.10/ipxe.efi', 'http://pxe.example.com:80/ipxe%2Eefi']) {
      expect((await problems(http(url), files)).said).toEqual([
        expect.stringContaining(
          `6 boot.files.efi-arm64-http: ${url} is not for ARM64 UEFI HTTP: wanted an EFI program for ARM64, got one for x64`,
        ),
      ]);
    }
    for (const url of [
      'http://other.example.com/ipxe.efi',
      'http://10.188.0.10/absent.efi',
      'http://10.188.0.10/%zz.efi',
    ]) {
      await expect(load(http(url), files)).resolves.toBeDefined();
    }
  });

  it.each([
    ['fits', 'boot: { files: { bios: undionly.kpxe, efi-x64: /ipxe.efi, 9: ipxe.efi } }'],
    ['is not there yet', 'boot: { files: { efi-arm64: later.efi, bios: ../etc/passwd } }'],
    ['is served by another machine', 'boot: { next-server: 10.188.0.40, files: { efi-arm64: ipxe.efi } }'],
    ['is for an architecture without a form of its own', 'boot: { files: { uboot-arm64: undionly.kpxe } }'],
    ['is a folder', 'boot: { files: { efi-x64: . } }'],
  ])('is none where it %s', async (_, boot) => {
    await expect(load(base(boot), files)).resolves.toBeDefined();
  });
});

describe('bootWarnings', () => {
  const http = 'boot: { files: { efi-x64-http: http://pxe.example.com/ipxe.efi } }';
  it('tells of UEFI HTTP boot by name without a name server (PXE-024)', async () => {
    expect(bootWarnings(await load(base(http)))).toEqual([
      'UEFI HTTP boot on 10.188.0.0/24 cannot resolve the host of http://pxe.example.com/ipxe.efi: it has no dns-servers',
    ]);
    expect(bootWarnings(await load(base(http.replace('pxe.example.com', '10.188.0.10'))))).toEqual([]);
    const withDns = base(http).replace('lease-time', 'dns-servers: [10.188.0.20], lease-time');
    expect(bootWarnings(await load(withDns))).toEqual([]);
    expect(bootWarnings(await load(`${PROXY}${http}`))).toEqual([]);
  });

  it('tells of a menu of the local disk alone', async () => {
    const text = base('boot: { pxe-menu: { items: [{ text: a, local-disk: true }] } }');
    expect(bootWarnings(await load(text))).toEqual(['the PXE menu has nothing to boot from the network']);
  });
});
