import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { orderScript } from '../orders/order-script.ts';
import { chooseOrder } from '../orders/orders.ts';
import { loadServerConfig } from './load-server-config.ts';

const folder = resolve(import.meta.dirname, '../../../servers/reference');

describe('servers/reference', () => {
  it("has the write-up's network and orders in pxe.yaml", async () => {
    const { dhcp, http } = await loadServerConfig(join(folder, 'pxe.yaml'));
    expect(dhcp?.boot).toMatchObject({ ipxe: 'http://pxe.example.com/boot1.txt', nextServer: '10.188.0.10' });
    expect([...(dhcp?.boot.files ?? [])]).toEqual([
      [0, 'undionly.kpxe'],
      [7, 'ipxe.efi'],
      [9, 'ipxe.efi'],
    ]);
    const scriptFor = (mac: string) => {
      const client = new Map([['mac', [mac]]]);
      return http && orderScript(chooseOrder(http.orders, client).order, client);
    };
    // What the write-up's boot2.php prints.
    expect(scriptFor('00:12:34:56:78:90')).toBe('#!ipxe\nchain http://pxe.example.com/pxelinux.0\n');
    expect(scriptFor('00:11:22:33:44:55')).toBe(
      '#!ipxe\nset initiator-iqn iqn.2007-08.com.example.initiator:initiator\n' +
        'sanboot iscsi:san.example.com:6:3260:0:iqn.2007-08.com.example.san:sometarget\n',
    );
    expect(scriptFor('00:77:21:ab:cd:ee')).toBe('#!ipxe\nchain http://boot.salstar.sk\n');
    expect(scriptFor('02:00:00:00:00:01')).toBe('#!ipxe\nexit\n');
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
