import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BlockNumber, TftpFields } from '../../wire/tftp.ts';
import { startTftp, type TestTftp } from '../testing/tftp-server.ts';
import { readByTftp, rrq, tftpClient } from './testing/tftp-client.ts';
import { openUploadFolder } from './upload-folder.ts';

const base = mkdtempSync(join(tmpdir(), 'pxebench-upload-'));
const incoming = join(base, 'incoming');
mkdirSync(join(incoming, 'logs'), { recursive: true });
writeFileSync(join(incoming, `.upload-${'0'.repeat(24)}.part`), 'left by a server that was killed');
symlinkSync('..', join(incoming, 'out'));
const MAX_OCTETS = 1_000_000;
let tftp: TestTftp;
beforeAll(async () => {
  const folder = await openUploadFolder(incoming);
  tftp = await startTftp({ upload: { folder, maxOctets: MAX_OCTETS, overwrite: false } });
});
afterAll(async () => {
  await tftp[Symbol.asyncDispose]();
  rmSync(base, { recursive: true });
});

const wrq = (file: string, options: Readonly<Record<string, string>> = {}, mode = 'octet'): TftpFields => ({
  kind: 'wrq',
  file,
  mode,
  options: Object.entries(options).map(([name, value]) => ({ name, value })),
});
const data = (block: number, octets: Uint8Array): TftpFields => ({
  kind: 'data',
  block: (block % 0x10000) as BlockNumber,
  data: octets,
});

/** Writes a whole file, a window at a time. What the server said last, and what it granted. */
async function writeByTftp(
  file: string,
  octets: Uint8Array,
  options: Readonly<Record<string, string>> = {},
  mode = 'octet',
  port = tftp.port,
) {
  await using client = await tftpClient();
  await client.send(wrq(file, options, mode), port);
  const first = await client.next();
  if (first === undefined || first.packet.kind === 'error') return { last: first?.packet, oack: {} };
  const pairs = first.packet.kind === 'oack' ? first.packet.options : [];
  const oack = Object.fromEntries(pairs.map(({ name, value }) => [name, value]));
  const blksize = Number(oack.blksize ?? 512);
  const windowsize = Number(oack.windowsize ?? 1);
  const blocks = Math.floor(octets.length / blksize) + 1;
  let acked = 0;
  for (;;) {
    for (let block = acked + 1; block <= Math.min(acked + windowsize, blocks); block++) {
      await client.send(data(block, octets.subarray((block - 1) * blksize, block * blksize)), first.port);
    }
    const got = await client.next();
    if (got?.packet.kind !== 'ack') return { last: got?.packet, oack };
    acked += (got.packet.block - (acked % 0x10000) + 0x10000) % 0x10000;
    if (acked === blocks) return { last: got.packet, oack };
  }
}
const unfinished = (): readonly string[] =>
  readdirSync(incoming).filter((name) => name.startsWith('.upload'));

describe('uploads', () => {
  it.each<[number, Readonly<Record<string, string>>]>([
    [0, {}],
    [511, {}],
    [512, {}],
    [100_000, { blksize: '1468' }],
    [100_000, { blksize: '1468', windowsize: '8', tsize: '100000', timeout: '3' }],
    [600_000, { blksize: '8', windowsize: '16' }],
  ])(
    'keeps a file of %i octets, sent with %j',
    async (size, options) => {
      const octets = randomBytes(size);
      const name = `whole-${size}-${Object.keys(options).join('')}`;
      const { last, oack } = await writeByTftp(name, octets, options);
      expect(last?.kind).toBe('ack');
      expect(oack).toEqual(options);
      // The last ACK is the promise that it is there.
      expect(readFileSync(join(incoming, name)).equals(octets)).toBe(true);
      expect(unfinished()).toEqual([]);
    },
    60_000,
  );

  it('keeps netascii as the file that it stands for', async () => {
    await writeByTftp('text', Buffer.from(`${'x'.repeat(511)}\r\nb\r\0c\xff`, 'latin1'), {}, 'netascii');
    expect(readFileSync(join(incoming, 'text'), 'latin1')).toBe(`${'x'.repeat(511)}\nb\rc\xff`);
  });

  it('keeps a file in a folder that is there, and refuses what leads elsewhere', async () => {
    const octets = Buffer.from('x');
    expect((await writeByTftp('logs\\f', octets)).last?.kind).toBe('ack');
    expect(readFileSync(join(incoming, 'logs', 'f'), 'utf8')).toBe('x');
    expect((await writeByTftp('nowhere/f', octets)).last).toMatchObject({ kind: 'error', code: 1 });
    for (const name of ['../f', 'out/f', 'logs', '']) {
      expect((await writeByTftp(name, octets)).last, name).toMatchObject({ kind: 'error' });
    }
    expect(readdirSync(base)).toEqual(['incoming']);
  });

  it('replaces nothing, unless it may', async () => {
    writeFileSync(join(incoming, 'there'), 'old');
    const { settings, service } = tftp;
    const octets = Buffer.from('new');
    expect((await writeByTftp('there', octets)).last).toMatchObject({ kind: 'error', code: 6 });
    expect(readFileSync(join(incoming, 'there'), 'utf8')).toBe('old');
    if (settings.upload === undefined) throw new Error('wanted uploads');
    service.configure({ ...settings, upload: { ...settings.upload, overwrite: true } });
    expect((await writeByTftp('there', octets)).last?.kind).toBe('ack');
    service.configure(settings);
    expect(readFileSync(join(incoming, 'there'), 'utf8')).toBe('new');
  });

  it('tells the second of two that write the same new file ERROR 6, at the end', async () => {
    await using client = await tftpClient();
    await client.send(wrq('both'), tftp.port);
    const first = await client.next();
    expect((await writeByTftp('both', Buffer.from('second'))).last?.kind).toBe('ack');
    await client.send(data(1, Buffer.from('first')), first?.port ?? 0);
    expect((await client.next())?.packet).toMatchObject({ kind: 'error', code: 6 });
    expect(readFileSync(join(incoming, 'both'), 'utf8')).toBe('second');
    expect(unfinished()).toEqual([]);
  });

  it('refuses what is too large, by its tsize or when it turns out so, with ERROR 3', async () => {
    const octets = randomBytes(MAX_OCTETS + 1);
    const tsize = String(octets.length);
    expect((await writeByTftp('large', octets, { tsize })).last).toMatchObject({ kind: 'error', code: 3 });
    const { last } = await writeByTftp('large', octets, { blksize: '1468', windowsize: '16' });
    expect(last).toMatchObject({ kind: 'error', code: 3 });
    await expect.poll(unfinished).toEqual([]);
    expect(readdirSync(incoming)).not.toContain('large');
  });

  it('leaves nothing of an upload that the client gave up', async () => {
    await using client = await tftpClient();
    await client.send(wrq('given-up', { tsize: '5000' }), tftp.port);
    const first = await client.next();
    await client.send(data(1, randomBytes(512)), first?.port ?? 0);
    expect((await client.next())?.packet).toMatchObject({ kind: 'ack', block: 1 });
    expect(unfinished()).toHaveLength(1);
    expect(tftp.service.transfers()).toMatchObject([{ direction: 'write', octets: 512, size: 5000 }]);
    await client.send({ kind: 'error', code: 0, message: 'no' }, first?.port ?? 0);
    await expect.poll(unfinished).toEqual([]);
    expect(readdirSync(incoming)).not.toContain('given-up');
  });

  it('says the last ACK again to a client that has not heard it', async () => {
    await using client = await tftpClient();
    await client.send(wrq('dally'), tftp.port);
    const first = await client.next();
    for (let n = 0; n < 2; n++) {
      await client.send(data(1, Buffer.from('x')), first?.port ?? 0);
      expect((await client.next())?.packet).toMatchObject({ kind: 'ack', block: 1 });
    }
  });
});

describe('a disk that is full', () => {
  it('is ERROR 3 in the middle of the file, and leaves nothing; what fits is kept', async () => {
    const small = join(base, 'small');
    mkdirSync(small);
    const server = new URL('../testing/tftp-on-small-disk.ts', import.meta.url).pathname;
    const script = 'mount -t tmpfs -o size=256k none "$1" && exec "$2" "$3" "$1"';
    const asUser = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    const child = spawn(
      'unshare',
      [...asUser, '--mount', 'sh', '-c', script, 'sh', small, process.execPath, server],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const [said] = await once(child.stdout, 'data');
    const write = (name: string, octets: number) =>
      writeByTftp(name, randomBytes(octets), { blksize: '1468' }, 'octet', Number(said));
    expect((await write('fits', 100_000)).last?.kind).toBe('ack');
    expect((await write('too-much', 400_000)).last).toMatchObject({ kind: 'error', code: 3 });
    // The room of what was refused is free again.
    expect((await write('fits-too', 100_000)).last?.kind).toBe('ack');
    child.stdin.end();
    await once(child, 'exit');
    rmSync(small, { recursive: true });
  });
});

describe('one port for all', () => {
  it('serves reads and writes from the port of the service', async () => {
    const folder = await openUploadFolder(incoming);
    const upload = { folder, maxOctets: MAX_OCTETS, overwrite: true };
    await using single = await startTftp({ ports: 'single', upload });
    const octets = randomBytes(50_000);
    writeFileSync(join(single.root, 'f'), octets);
    await using client = await tftpClient();
    await client.send(rrq('f'), single.port);
    expect((await client.next())?.port).toBe(single.port);
    const reads = await Promise.all(
      Array.from({ length: 5 }, () => readByTftp('f', single.port, { blksize: '1468', windowsize: '4' })),
    );
    expect(reads.every((read) => read.octets.equals(octets))).toBe(true);
  });
});

describe('a range of ports', () => {
  it('is where transfers have theirs, and one that finds none is refused', async () => {
    const range = { first: 47_310, last: 47_311 };
    await using narrow = await startTftp({ ports: range });
    writeFileSync(join(narrow.root, 'f'), randomBytes(2000));
    const clients = await Promise.all(Array.from({ length: 3 }, () => tftpClient()));
    const answers = [];
    for (const client of clients) {
      await client.send(rrq('f'), narrow.port);
      answers.push(await client.next());
    }
    expect(new Set(answers.slice(0, 2).map((got) => got?.port))).toEqual(new Set([47_310, 47_311]));
    expect(answers[2]).toMatchObject({ packet: { kind: 'error', code: 0 }, port: narrow.port });
    for (const client of clients) await client[Symbol.asyncDispose]();
  });
});
