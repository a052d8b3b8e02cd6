/** The status page in a real Chromium, of the real server, while clients on a wire of their own boot from it. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { LOOKUPS, type PageBench, STATUS_URL, startPageBench } from '../../testing/page-bench.ts';

let bench: PageBench;
beforeAll(async () => {
  bench = await startPageBench();
}, 120_000);
afterAll(() => bench?.[Symbol.asyncDispose]());

const TIMEOUT = 90_000;

async function watching(options?: Parameters<PageBench['open']>[0]) {
  const opened = await bench.open(options);
  onTestFinished(() => opened.page.close());
  return opened;
}
const rowOf = (page: Page, mac: string) => page.locator('#rows tr', { hasText: mac });
/** `passed now ahead ...`, as the ladder is drawn. */
const ladderOf = (page: Page, mac: string): Promise<string> =>
  page.evaluate(
    `[...[...document.querySelectorAll('#rows tr')].find((row) => row.textContent.includes('${mac}'))
      .querySelectorAll('.ladder i')].map((step) => step.dataset.state).join(' ')`,
  );
const shows = async (page: Page, mac: string, text: string): Promise<void> =>
  rowOf(page, mac).filter({ hasText: text }).waitFor();

describe('the status page', () => {
  it(
    'follows a boot from DHCP to pxelinux without being loaded again',
    async () => {
      const { page, requests, errors } = await watching();
      const mac = '00:12:34:56:78:90';
      const { client } = bench;

      const { address = '', file = '' } = await client({
        do: 'dhcp',
        mac,
        architecture: 0,
        hostName: 'web1',
      });
      await shows(page, mac, 'DHCP');
      await shows(page, mac, address);
      expect(await rowOf(page, mac).locator('td').allTextContents()).toEqual(
        expect.arrayContaining([expect.stringContaining('web1'), address, 'x86 BIOS']),
      );
      expect(await ladderOf(page, mac)).toBe('now ahead ahead ahead ahead ahead');

      await client({ do: 'tftp', address, file });
      await shows(page, mac, 'TFTP: boot file');
      await client({ do: 'dhcp', mac, architecture: 0, ipxe: true });
      await shows(page, mac, 'iPXE');
      await client({ do: 'http', address, path: '/boot1.txt' });
      await shows(page, mac, 'boot1 script');
      expect(await ladderOf(page, mac)).toBe('passed passed passed now ahead ahead');
      await client({ do: 'http', address, path: `/boot2.php?mac=${encodeURIComponent(mac)}` });
      await shows(page, mac, 'chain');
      await shows(page, mac, 'rule 1');
      await client({ do: 'http', address, path: '/pxelinux.0' });
      for (const name of LOOKUPS) await client({ do: 'http', address, path: `/pxelinux.cfg/${name}` });
      await shows(page, mac, `pxelinux: ${LOOKUPS.length} lookups`);
      await client({ do: 'http', address, path: '/pxelinux.cfg/default' });
      await shows(page, mac, 'pxelinux: default');
      expect(await ladderOf(page, mac)).toBe('passed passed passed passed passed now');

      expect(bench.log()).toMatch(/ web1 +pxelinux +✓ looked up 11 names, hit default\n/);
      expect(errors).toEqual([]);
      // Everything from the server itself: the page works on a network without internet.
      expect([...new Set(requests)].sort()).toEqual(
        ['', 'events', 'icon.svg', 'page.css', 'page.js'].map((path) => STATUS_URL + path),
      );
    },
    TIMEOUT,
  );

  it(
    'shows a transfer under way, and takes it away when it has ended',
    async () => {
      const { page } = await watching();
      const { address = '' } = await bench.client({
        do: 'dhcp',
        mac: '02:00:00:00:01:01',
        architecture: 7,
        hostName: 'slow',
      });
      await bench.client({ do: 'tftp', address, file: 'ipxe.efi', until: 500_000 });
      const transfer = page.locator('#transfers li', { hasText: 'slow' });
      await transfer.waitFor();
      // The page is told four times a second: what it shows first may be from before the client paused.
      const value = async () => Number(await transfer.locator('progress').getAttribute('value'));
      await expect.poll(value, { timeout: 10_000 }).toBeGreaterThanOrEqual(499_000);
      expect(await value()).toBeLessThan(600_000);
      expect(await transfer.textContent()).toMatch(/^ipxe\.efi\d+\.\d kB of 1\.1 MBslow · TFTP · since /);
      expect(await page.locator('#count-moving').textContent()).toBe('1');
      await bench.client({ do: 'go-on', address });
      await transfer.waitFor({ state: 'detached' });
      await page.locator('#no-transfers').waitFor();
    },
    TIMEOUT,
  );

  it(
    'shows what went wrong, with the reason, and says it to a screen reader',
    async () => {
      const { page } = await watching();
      const mac = '02:00:00:00:01:02';
      const { address = '' } = await bench.client({ do: 'dhcp', mac, architecture: 0 });
      await bench.client({ do: 'tftp', address, file: 'snponly.efi' });
      await shows(page, mac, 'TFTP snponly.efi: file not found');
      expect(await rowOf(page, mac).getAttribute('data-outcome')).toBe('failed');
      const failure = page.locator('#failures li').first();
      expect(await failure.textContent()).toMatch(
        /refused "snponly\.efi"[\s\S]*02:00:00:00:01:02[\s\S]*file not found/,
      );
      expect(await page.locator('#said').textContent()).toBe(`${mac} refused "snponly.efi": file not found`);
      expect(await page.locator('#said').getAttribute('aria-live')).toBe('polite');

      await bench.client({ do: 'dhcp', mac: '02:00:00:00:01:03', architecture: 11 });
      await shows(page, '02:00:00:00:01:03', 'no file for architecture 11');
    },
    TIMEOUT,
  );

  it(
    'makes text, never HTML, of what clients call themselves and ask for (SEC-013)',
    async () => {
      const { page, requests, errors } = await watching();
      const mac = '02:00:00:00:01:04';
      const hostName = '<img src=//x/y onerror=document.title=666>';
      const path = '/%3Cscript%3Ealert(1)%3C/script%3E<script>document.title=667</script>';
      const { address = '' } = await bench.client({ do: 'dhcp', mac, ipxe: true, architecture: 0, hostName });
      await bench.client({ do: 'http', address, path });
      await bench.client({ do: 'tftp', address, file: '<svg onload=alert(1)>\x1b[31m' });
      const serial = '</script><iframe src=javascript:alert(1)>';
      await bench.client({
        do: 'http',
        address,
        path: `/boot2.php?mac=${mac}&serial=${encodeURIComponent(serial)}`,
      });
      await shows(page, mac, 'exit');
      expect(await rowOf(page, mac).locator('.name').textContent()).toBe(hostName);
      await page
        .locator('#failures li', { hasText: '<script>document.title=667</script>' })
        .first()
        .waitFor();
      await page.locator('#failures li', { hasText: '<svg onload=alert(1)>' }).first().waitFor();

      const inside = await page.evaluate(
        '[...document.querySelectorAll("main script, main img, main iframe, main svg")].length',
      );
      expect(inside).toBe(0);
      expect(await page.title()).toBe('pxebench 10.188.0.10');
      expect(requests.every((url) => url.startsWith(STATUS_URL))).toBe(true);
      expect(errors).toEqual([]);
      expect(bench.log()).not.toContain('\x1b');
    },
    TIMEOUT,
  );

  it(
    'would not run what got into it all the same: Content-Security-Policy and Trusted Types',
    async () => {
      const { page } = await watching();
      const tried = await page.evaluate(`(() => {
      try { document.body.innerHTML = '<b>x</b>'; return 'took it'; } catch (error) { return error.name; }
    })()`);
      expect(tried).toBe('TypeError');
      const response = await page.reload();
      expect(response?.headers()['content-security-policy']).toContain("script-src 'self'");
    },
    TIMEOUT,
  );

  it(
    'shows only the clients that hold every word of the filter, and keeps it over a reload',
    async () => {
      const { page } = await watching();
      for (const [n, hostName] of ['alpha', 'beta'].entries()) {
        await bench.client({ do: 'dhcp', mac: `02:00:00:00:02:0${n}`, architecture: 7, hostName });
      }
      await rowOf(page, 'beta').waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('UEFI alpha');
      expect(await page.locator('#rows tr:visible').allTextContents()).toEqual([
        expect.stringContaining('alpha'),
      ]);
      expect(await page.locator('#shown').textContent()).toMatch(/^1 of \d+$/);
      await page.reload();
      await page.waitForSelector('#link[data-state="live"]');
      await page.locator('#rows tr', { hasText: 'alpha' }).waitFor();
      expect(await page.locator('#rows tr:visible').count()).toBe(1);
      await page.locator('#filter').press('Escape');
      expect(await page.locator('#rows tr:visible').count()).toBeGreaterThan(1);
    },
    TIMEOUT,
  );

  it(
    'is a table to a screen reader, at any width, and never scrolls sideways on a phone',
    async () => {
      await bench.client({
        do: 'dhcp',
        mac: '02:00:00:00:02:09',
        architecture: 7,
        hostName: `long-${'name'.repeat(14)}`,
      });
      for (const width of [360, 768, 1440]) {
        const { page } = await watching({ viewport: { width, height: 800 } });
        await rowOf(page, '02:00:00:00:02:09').waitFor();
        const table = page.getByRole('table', { name: 'Clients' });
        expect(await table.getByRole('columnheader').allTextContents()).toHaveLength(6);
        expect(
          await table.getByRole('row').filter({ hasText: '02:00:00:00:02:09' }).getByRole('cell').count(),
        ).toBeGreaterThanOrEqual(5);
        const { wide, room } = (await page.evaluate(
          '({ wide: document.documentElement.scrollWidth, room: innerWidth })',
        )) as { wide: number; room: number };
        expect(wide).toBeLessThanOrEqual(room);
        await page.close();
      }
    },
    TIMEOUT,
  );

  it(
    'draws five hundred clients that boot at once, and can be filtered meanwhile',
    async () => {
      const { page, errors } = await watching();
      const macs = Array.from(
        { length: 500 },
        (_, n) =>
          `06:00:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`,
      );
      const waiting = [...macs];
      const boot = async (): Promise<void> => {
        for (let mac = waiting.shift(); mac !== undefined; mac = waiting.shift()) {
          const hostName = `storm-${mac.slice(-5)}`;
          const { address = '' } = await bench.client({ do: 'dhcp', mac, architecture: 0, hostName });
          await bench.client({ do: 'tftp', address, file: 'undionly.kpxe' });
          await bench.client({ do: 'dhcp', mac, architecture: 0, ipxe: true });
          await bench.client({ do: 'http', address, path: `/boot2.php?mac=${mac}` });
        }
      };
      // As many at once as one process can be without losing datagrams.
      const booted = Promise.all(Array.from({ length: 64 }, boot));
      await page.locator('#filter').fill('storm-00:07');
      await page.locator('#rows tr:visible', { hasText: 'storm-00:07' }).waitFor();
      await booted;
      await page.locator('#filter').fill('storm booted');
      await page.locator('#rows tr:visible').nth(499).waitFor();
      expect(await page.locator('#rows tr:visible').count()).toBe(500);
      expect(errors).toEqual([]);
    },
    TIMEOUT,
  );

  it(
    'says when the server is gone, and shows what the next one has when it is back',
    async () => {
      const { page } = await watching();
      await page.locator('#rows tr').first().waitFor();
      await bench.stopServer();
      await page.waitForSelector('#link[data-state="lost"]');
      await page.locator('#stale').waitFor();
      await bench.startServer();
      await page.waitForSelector('#link[data-state="live"]');
      // It begins with nothing, and so does the page: no row of the server before is left.
      await page.locator('#none').waitFor();
      expect(await page.locator('#rows tr').count()).toBe(0);
      await bench.client({ do: 'dhcp', mac: '02:00:00:00:03:01', architecture: 7 });
      await rowOf(page, '02:00:00:00:03:01').waitFor();
    },
    TIMEOUT,
  );
});
