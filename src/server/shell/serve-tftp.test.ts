import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerEvent } from '../event.ts';
import { type BootFolder, openBootFolder } from './boot-folder.ts';
import { systemClock } from './clock.ts';
import { serveTftp, type TftpSettings } from './serve-tftp.ts';
import type { Service } from './service.ts';
import { ack, readByTftp, rrq, type TftpClient, tftpClient } from './testing/tftp-client.ts';

const base = mkdtempSync(join(tmpdir(), 'pxebench-tftp-'));
const root = join(base, 'tftp');
mkdirSync(join(root, 'boot'), { recursive: true });
writeFileSync(join(base, 'canary'), 'canary');
symlinkSync('../canary', join(root, 'out'));
const large = randomBytes(2_000_000);
writeFileSync(join(root, 'large'), large);
writeFileSync(join(root, 'boot', 'f.txt'), 'a\nb\rc');
for (const size of [0, 1, 511, 512, 513, 1024]) writeFileSync(join(root, `${size}`), randomBytes(size));

const events: ServerEvent[] = [];
const where = { address: '127.0.0.1', port: 0 };
const deps = { clock: systemClock, log: (event: ServerEvent) => events.push(event) };
const limits = {
  ports: 'any' as const,
  upload: undefined,
  limits: { maxBlksize: 1468, maxWindowsize: 16 },
  maxTransfers: 1000,
  maxTransfersPerClient: 1000,
};
let folder: BootFolder;
let server: Service<TftpSettings>;
beforeAll(async () => {
  folder = await openBootFolder(root);
  server = await serveTftp(where, { folder, ...limits }, deps);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(base, { recursive: true });
});
/** What the server said about one client, once it has said so much. */
async function outcomesOf(client: string, count: number): Promise<readonly string[]> {
  const said = () =>
    events.flatMap((event) => (event.stage === 'tftp' && event.client === client ? [event.did] : []));
  await expect.poll(() => said().length).toBe(count);
  return said();
}

describe('serveTftp', () => {
  it.each([0, 1, 511, 512, 513, 1024])('sends a file of %i octets', async (size) => {
    const { octets, blocks } = await readByTftp(`${size}`, server.port);
    expect([octets.length, blocks]).toEqual([size, Math.floor(size / 512) + 1]);
  });

  it.each<Record<string, string>>([
    { blksize: '1468' },
    { blksize: '1432', tsize: '0' },
    { blksize: '1468', windowsize: '4', tsize: '0' },
    { windowsize: '16', timeout: '3' },
    { blksize: '8192', windowsize: '64' },
    { foo: 'bar' },
    {},
  ])('sends two megabytes right with %j', async (options) => {
    const { client, octets, oack } = await readByTftp('large', server.port, options);
    expect(octets.equals(large)).toBe(true);
    const { foo: _, ...known } = options;
    expect(oack).toEqual({
      ...known,
      ...(known.tsize === undefined ? {} : { tsize: '2000000' }),
      ...(known.blksize === '8192' ? { blksize: '1468', windowsize: '16' } : {}),
    });
    expect(await outcomesOf(client, 2)).toEqual(['started', 'complete']);
  });

  it('serves twenty clients at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        readByTftp('large', server.port, { blksize: '1468', windowsize: String(1 + (n % 8)) }),
      ),
    );
    for (const { octets } of all) expect(octets.equals(large)).toBe(true);
  });

  it('translates line ends in mode netascii, tsize included', async () => {
    const { octets, oack } = await readByTftp('boot/f.txt', server.port, { tsize: '0' }, 'netascii');
    expect(octets.toString()).toBe('a\r\nb\r\0c');
    expect(oack).toEqual({ tsize: '7' });
    expect((await readByTftp('boot\\f.txt', server.port)).octets.toString()).toBe('a\nb\rc');
  });

  it.each([
    ['nothing', 1],
    ['boot', 1],
    ['large/below', 1],
    ['../canary', 2],
    ['out', 2],
    ['', 1],
  ])('answers %j with ERROR %i, once and at once', async (file, code) => {
    await using client = await tftpClient();
    await client.send(rrq(file, { tsize: '0' }), server.port);
    expect((await client.next())?.packet).toMatchObject({ kind: 'error', code });
    expect(await client.next(100)).toBeUndefined();
  });

  it('takes a size probe for what it is, and the next request right after it', async () => {
    await using client = await tftpClient();
    await client.send(rrq('large', { tsize: '0', blksize: '1468', windowsize: '4' }), server.port);
    const oack = await client.next();
    expect(oack?.packet).toMatchObject({ kind: 'oack' });
    await client.send({ kind: 'error', code: 8, message: 'User aborted the transfer' }, oack?.port ?? 0);
    const { octets } = await readByTftp('large', server.port, { blksize: '1468', windowsize: '4' });
    expect(octets.equals(large)).toBe(true);
    expect(await outcomesOf(`127.0.0.1:${client.port}`, 2)).toEqual(['started', 'size-probe']);
    expect(await client.next(1200)).toBeUndefined();
  });

  it('answers from a port of its own for each transfer, and tells strangers so', async () => {
    await using client = await tftpClient();
    await using stranger = await tftpClient();
    await client.send(rrq('1024'), server.port);
    const first = await client.next();
    expect(first?.port).not.toBe(server.port);
    await stranger.send(ack(1), first?.port ?? 0);
    expect((await stranger.next())?.packet).toMatchObject({ kind: 'error', code: 5 });
    await client.send(ack(1), first?.port ?? 0);
    expect(await client.next()).toMatchObject({ packet: { kind: 'data', block: 2 }, port: first?.port });
  });

  it('takes a request that comes twice for one, and another one from the same port for a new start', async () => {
    await using client = await tftpClient();
    await client.send(rrq('1024'), server.port);
    await client.send(rrq('1024'), server.port);
    const first = await client.next();
    expect(await client.next(200)).toBeUndefined();
    await client.send(ack(1), first?.port ?? 0);
    await client.next();
    // A copy that was late.
    await client.send(rrq('1024'), server.port);
    await client.send(rrq('513'), server.port);
    const again = await client.next();
    expect(again?.packet).toMatchObject({ kind: 'data', block: 1 });
    expect(again?.port).not.toBe(first?.port);
    expect(await outcomesOf(`127.0.0.1:${client.port}`, 2)).toEqual(['started', 'started']);
  });

  it('begins anew for the same request of a client that has not been heard of for a while', async () => {
    await using client = await tftpClient();
    await client.send(rrq('1024', { timeout: '60' }), server.port);
    const first = await client.next();
    await client.send(ack(0), first?.port ?? 0);
    await client.next();
    // As firmware asks that was switched off and on.
    let again: Awaited<ReturnType<TftpClient['next']>>;
    for (let n = 0; n < 20 && again === undefined; n++) {
      await client.send(rrq('1024', { timeout: '60' }), server.port);
      again = await client.next(500);
    }
    expect(again?.packet.kind).toBe('oack');
    expect(again?.port).not.toBe(first?.port);
  });

  it('sends lost blocks again, and gives up a client that is gone', async () => {
    await using client = await tftpClient();
    await client.send(rrq('1024', { timeout: '1' }), server.port);
    const oack = await client.next();
    await client.send(ack(0), oack?.port ?? 0);
    expect((await client.next())?.packet).toMatchObject({ kind: 'data', block: 1 });
    expect((await client.next(3000))?.packet).toMatchObject({ kind: 'data', block: 1 });
    await client.send(ack(1), oack?.port ?? 0);
    expect((await client.next())?.packet).toMatchObject({ kind: 'data', block: 2 });
  });

  it('refuses more transfers of one client than it should have, with an ERROR', async () => {
    await using small = await serveTftp(where, { folder, ...limits, maxTransfersPerClient: 2 }, deps);
    const ask = async (client: TftpClient) => {
      await client.send(rrq('large'), small.port);
      return client.next();
    };
    await using one = await tftpClient();
    await using two = await tftpClient();
    await using three = await tftpClient();
    const first = await ask(one);
    expect((await ask(two))?.packet).toMatchObject({ kind: 'data' });
    expect((await ask(three))?.packet).toMatchObject({ kind: 'error', message: 'too many transfers' });
    await one.send({ kind: 'error', code: 0, message: 'enough' }, first?.port ?? 0);
    await expect.poll(async () => (await ask(three))?.packet.kind).toBe('data');
  });

  it('refuses to write and what is no request, and answers no ERROR', async () => {
    await using client = await tftpClient();
    await client.send({ kind: 'wrq', file: 'new', mode: 'octet', options: [] }, server.port);
    expect((await client.next())?.packet).toMatchObject({ kind: 'error', code: 2 });
    await client.send(Uint8Array.of(0, 9), server.port);
    expect((await client.next())?.packet).toMatchObject({ kind: 'error', code: 4 });
    await client.send({ kind: 'error', code: 0, message: '' }, server.port);
    expect(await client.next(100)).toBeUndefined();
  });

  it('says which port is taken', async () => {
    const second = serveTftp({ ...where, port: server.port }, { folder, ...limits }, deps);
    await expect(second).rejects.toMatchObject({ code: 'SERVER_PORT_TAKEN' });
  });
});
