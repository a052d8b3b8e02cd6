/** The real server with its status page, clients on a wire of their own, and a real Chromium that looks at it. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type Stage, startStage } from './netns-stage.ts';

const PXEBENCH = resolve(import.meta.dirname, '../../..', 'bin', 'pxebench');
/** Debian's, which asks the network for nothing of its own. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const CONFIG = `
address: 10.188.0.10
dhcp:
  probe-addresses: false
  subnets:
    - { network: 10.188.0.0/16, pool: [10.188.1.1-10.188.4.254], lease-time: 12h }
boot:
  files: { 0: undionly.kpxe, 7: ipxe.efi }
  ipxe: http://10.188.0.10/boot1.txt
tftp: { root: www }
http: { root: www }
status: {}
orders:
  - match: { mac: "00:12:34:56:78:9*" }
    order: { chain: "http://10.188.0.10/pxelinux.0" }
default-order: exit
`;
export const STATUS_URL = 'http://127.0.0.1:8067/';

/** The names that a pxelinux asks for before `default`. */
export const LOOKUPS = ['uuid', '01-mac', '0ABC0042', '0ABC004', '0ABC00', '0ABC0', '0ABC', '0AB', '0A', '0'];

export interface PageBench extends AsyncDisposable {
  readonly client: Stage['client'];
  readonly browser: Browser;
  /** A page that is live. `requests`: all that it asked anybody for. */
  readonly open: (
    options?: Parameters<Browser['newPage']>[0],
  ) => Promise<{ page: Page; requests: string[]; errors: string[] }>;
  readonly stopServer: () => Promise<void>;
  readonly startServer: () => Promise<void>;
  /** What the server has written. */
  readonly log: () => string;
}

/** As much of a program for x64 UEFI as the configuration is checked by. */
function efiProgram(length: number): Uint8Array {
  const bytes = Buffer.alloc(length);
  bytes.write('MZ', 0);
  bytes.writeUInt32LE(0x80, 0x3c);
  bytes.write('PE', 0x80);
  bytes.writeUInt16LE(0x8664, 0x84);
  // An optional header, in which the subsystem is an EFI application.
  bytes.writeUInt16LE(0xf0, 0x80 + 20);
  bytes.writeUInt16LE(0x20b, 0x80 + 24);
  bytes.writeUInt16LE(10, 0x80 + 24 + 68);
  return bytes;
}

export async function startPageBench(): Promise<PageBench> {
  await using undo = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'pxebench-page-'));
  undo.defer(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'www', 'pxelinux.cfg'), { recursive: true });
  const file = (name: string, content: string | Uint8Array) =>
    writeFileSync(join(folder, 'www', name), content);
  file('undionly.kpxe', new Uint8Array(8_000));
  file('ipxe.efi', efiProgram(1_056_768));
  file('boot1.txt', '#!ipxe\n');
  file('pxelinux.0', 'x');
  file('vmlinuz', new Uint8Array(1_000_000));
  file('pxelinux.cfg/default', 'default linux\n');
  writeFileSync(join(folder, 'pxe.yaml'), CONFIG);

  const stage = undo.use(await startStage());
  let log = '';
  let server: ChildProcess | undefined;
  const startServer = async (): Promise<void> => {
    const child = stage.start([PXEBENCH, 'serve', '--config', join(folder, 'pxe.yaml')]);
    server = child;
    const ready = Promise.withResolvers<void>();
    const before = log.length;
    child.stdout?.on('data', (data) => {
      log += data;
      if (log.includes('shows its status on', before)) ready.resolve();
    });
    child.stderr?.on('data', (data) => {
      log += data;
    });
    child.on('exit', () => ready.reject(new Error(`the server ended: ${log}`)));
    await ready.promise;
  };
  await startServer();
  const browser = await chromium.launch({
    executablePath: stage.wrapper('chromium', folder),
    args: ARGUMENTS,
  });
  undo.defer(() => browser.close());

  const owned = undo.move();
  return {
    client: stage.client,
    browser,
    open: async (options) => {
      const page = await browser.newPage(options);
      page.setDefaultTimeout(60_000);
      const requests: string[] = [];
      const errors: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      await page.goto(STATUS_URL);
      await page.waitForSelector('#link[data-state="live"]');
      return { page, requests, errors };
    },
    startServer,
    stopServer: async () => {
      if (server === undefined) return;
      const exit = once(server, 'exit');
      server.kill('SIGTERM');
      await exit;
    },
    log: () => log,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
