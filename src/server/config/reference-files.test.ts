import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseIpxeScript } from '../orders/ipxe-script.ts';
import { openBootFolder } from '../shell/boot-folder.ts';
import { systemClock } from '../shell/clock.ts';
import { HTTP_LIMITS } from '../shell/http-limits.ts';
import { serveHttp } from '../shell/serve-http.ts';
import { loadServerConfig } from './load-server-config.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const folder = join(ROOT, 'servers/reference');

/** The HTTP service of a configuration, on loopback. */
async function served(file: string) {
  const { http } = await loadServerConfig(file);
  if (http?.root === undefined) throw new Error('no http with a folder');
  const server = await serveHttp(
    { address: '127.0.0.1', port: 0 },
    { site: http, folder: await openBootFolder(http.root), limits: HTTP_LIMITS },
    { log: () => undefined, clock: systemClock, wallClock: Date.now },
  );
  const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);
  return {
    get,
    boot2: async (client: Record<string, string>) => {
      const query = Object.entries(client).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
      return (await get(`/boot2.php?${query.join('&')}`)).text();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

describe('servers/reference', () => {
  it("has the write-up's network and orders in pxe.yaml", async () => {
    const { dhcp } = await loadServerConfig(join(folder, 'pxe.yaml'));
    expect(dhcp?.boot).toMatchObject({ ipxe: 'http://pxe.example.com/boot1.txt', nextServer: '10.188.0.10' });
    expect([...(dhcp?.boot.files ?? [])]).toEqual([
      [0, 'undionly.kpxe'],
      [7, 'ipxe.efi'],
      [9, 'ipxe.efi'],
    ]);
  });

  it.each([
    ['00:12:34:56:78:90', 'chain http://pxe.example.com/pxelinux.0\n'],
    [
      '00:11:22:33:44:55',
      'set initiator-iqn iqn.2007-08.com.example.initiator:initiator\n' +
        'sanboot iscsi:san.example.com:6:3260:0:iqn.2007-08.com.example.san:sometarget\n',
    ],
    ['00:77:21:ab:cd:ee', 'chain http://boot.salstar.sk\n'],
    ['02:00:00:00:00:01', 'exit\n'],
  ])("tells %s over HTTP what the write-up's boot2.php prints", async (mac, script) => {
    await using server = await served(join(folder, 'pxe.yaml'));
    expect(await server.boot2({ mac })).toBe(`#!ipxe\n${script}`);
  });

  it('cuts the boot2 URL only where it says so', async () => {
    const direct = join(folder, 'pxe.direct-boot2.yaml');
    const { dhcp } = await loadServerConfig(direct);
    expect(dhcp?.boot.longNames).toBe('cut');
    // The URL is the one that boot1.txt chains to.
    const boot1 = readFileSync(join(folder, 'www', 'boot1.txt'), 'utf8');
    expect(boot1).toContain(`\nchain ${dhcp?.boot.ipxe}\n`);

    const copy = mkdtempSync(join(tmpdir(), 'pxebench-reference-'));
    onTestFinished(() => rmSync(copy, { recursive: true }));
    cpSync(join(folder, 'www'), join(copy, 'www'), { recursive: true });
    writeFileSync(join(copy, 'pxe.yaml'), readFileSync(direct, 'utf8').replace('long-names: cut', ''));
    await expect(loadServerConfig(join(copy, 'pxe.yaml'))).rejects.toMatchObject({ code: 'CONFIG_SCHEMA' });
  });
});

describe('servers/reference-proxy', () => {
  const proxyFolder = resolve(folder, '../reference-proxy');
  it.each([
    ['pxe.yaml', 'skip-discovery'],
    ['pxe.boot-server.yaml', 'boot-server'],
    ['pxe.menu.yaml', 'menu'],
  ])('has in %s a proxy with port 4011 that offers %s', async (name, pxeOffer) => {
    const { dhcp, proxy } = await loadServerConfig(join(proxyFolder, name));
    expect(dhcp).toBeUndefined();
    expect(proxy).toMatchObject({
      withBootServer: true,
      boot: { pxeOffer, ipxe: 'http://pxe.example.com/boot.ipxe' },
    });
  });
});

describe('examples/boot-server', () => {
  const config = join(ROOT, 'examples/boot-server/pxe.yaml');

  it('has rules that somebody gets to', async () => {
    const { warnings } = await loadServerConfig(config);
    // What machines boot is not in git.
    expect(warnings.filter((warning) => !warning.includes('not in the folder of http yet'))).toEqual([]);
    expect(warnings.join()).toContain('pxelinux.0, ldlinux.c32, menu.c32, libutil.c32, rescue/vmlinuz, ');
  });

  it('sends a client to pxelinux, and pxelinux to what its labels say', async () => {
    await using server = await served(config);
    const script = await server.boot2({ mac: '00:12:34:56:78:90', hostname: 'rescue-1', serial: 'S_1' });
    const [, name = ''] =
      /^#!ipxe\nset 209:string (\S+)\nset 210:string http:\/\/pxe\.example\.com\/\nchain http:\/\/pxe\.example\.com\/pxelinux\.0\n$/.exec(
        script,
      ) ?? [];
    const text = await (await server.get(`/${name}`)).text();
    expect(text).toContain('SERIAL 0 115200\nDEFAULT local\nUI menu.c32\nMENU TITLE Rescue\nTIMEOUT 100\n');
    expect(text).toContain(
      'LABEL local\n  MENU LABEL Boot from the local disk\n  MENU DEFAULT\n  LOCALBOOT 0\n',
    );
    expect(text).toContain(
      '  LINUX rescue/vmlinuz\n  INITRD rescue/initrd.img\n  APPEND hostname=rescue-1 machine=S_1 ip=dhcp console=tty0 console=ttyS0,115200n8\n',
    );
    // A client that was sent to pxelinux in another way finds it as well.
    expect((await server.get('/pxelinux.cfg/01-00-12-34-56-78-90')).status).toBe(200);
    expect((await server.get('/pxelinux.cfg/01-00-12-34-56-78-91')).status).toBe(404);
  });

  it.each([
    [{ mac: '00:11:22:33:44:55' }, 'sanboot iscsi:san.example.com:'],
    [{ mac: '00:77:21:ab:cd:ee' }, 'chain http://boot.salstar.sk\n'],
    [{ mac: '00:26:b9:00:00:01', platform: 'pcbios', serial: 'A 1' }, 'menu New machine A%201\n'],
    [{ mac: '00:26:b9:00:00:01', platform: 'pcbios', room: 'lab-3' }, '#!ipxe\nexit\n'],
    [
      { mac: '02:00:00:00:00:01', buildarch: 'x86_64', platform: 'efi', ip: '10.188.0.66' },
      'kernel http://pxe.',
    ],
    [{ mac: '02:00:00:00:00:01', buildarch: 'x86_64', platform: 'efi', ip: '10.188.0.60' }, '#!ipxe\nexit\n'],
  ])('tells the client %j', async (client, part) => {
    await using server = await served(config);
    const script = await server.boot2(client);
    expect(script).toContain(part);
    expect(parseIpxeScript(script)).toBeDefined();
  });

  it('asks every client for all that its rules look at', async () => {
    await using server = await served(config);
    const script = await (await server.get('/boot1.txt')).text();
    expect(script).toMatch(/^#!ipxe\n\nchain http:\/\/pxe\.example\.com\/boot2\.php\?mac=\$\{mac\}&/);
    expect(script).toContain('&room=${225:string}\n');
  });
});
