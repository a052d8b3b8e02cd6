import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { type FileSender, fileSenders } from './file-sender.ts';
import { checked, getsockopt } from './libc.ts';
import { uints } from './native.ts';

const folder = mkdtempSync(join(tmpdir(), 'pxebench-sender-'));
const octets = randomBytes(20_000_000);
const path = join(folder, 'file');
writeFileSync(path, octets);
afterAll(() => rmSync(folder, { recursive: true }));

/** A connection of this process with itself, and a sender to it. */
async function connection(): Promise<
  { sender: FileSender; accepted: Socket; fd: number; client: Socket; file: number } & AsyncDisposable
> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = connect(port, '127.0.0.1');
  client.on('error', () => undefined);
  const [accepted] = (await once(server, 'connection')) as [Socket & { _handle: { fd: number } }];
  accepted.on('error', () => undefined);
  const file = openSync(path, 'r');
  const { fd } = accepted._handle;
  const sender = fileSenders()(fd);
  return {
    sender,
    accepted,
    fd,
    client,
    file,
    [Symbol.asyncDispose]: async () => {
      sender[Symbol.dispose]();
      closeSync(file);
      client.destroy();
      accepted.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function sendAll({ send }: FileSender, file: number, start: number, end: number): Promise<void> {
  for (let at = start; at < end; ) at += await send(file, at, end - at);
}

/** tcpi_data_segs_out of struct tcp_info, TCP_INFO in tcp(7) and linux/tcp.h. */
function dataSegmentsSent(fd: number): number {
  const info = Buffer.alloc(160);
  checked('getsockopt(TCP_INFO)', getsockopt(fd, 6, 11, info, uints(info.length)));
  return new DataView(info.buffer, info.byteOffset).getUint32(156, endianness() === 'LE');
}

async function receive(client: Socket, length: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let got = 0;
  for await (const piece of client.iterator({ destroyOnReturn: false })) {
    pieces.push(piece);
    got += piece.length;
    if (got >= length) break;
  }
  return Buffer.concat(pieces);
}

describe('fileSenders', () => {
  it('sends the octets of a file from where it is told, waiting for a client that is slower', async () => {
    await using there = await connection();
    const [got] = await Promise.all([
      receive(there.client, octets.length - 1000),
      sendAll(there.sender, there.file, 1000, octets.length),
    ]);
    expect(got.equals(octets.subarray(1000))).toBe(true);
  });

  it('lets what was written before the file leave in one segment with it', async () => {
    await using there = await connection();
    const received = receive(there.client, 1004);
    await promisify((done: () => void) => there.accepted.write('head', done))();
    await there.sender.send(there.file, 0, 1000);
    there.sender[Symbol.dispose]();
    expect((await received).equals(Buffer.concat([Buffer.from('head'), octets.subarray(0, 1000)]))).toBe(
      true,
    );
    expect(dataSegmentsSent(there.fd)).toBe(1);
  });

  it('serves more connections than it has threads', async () => {
    await using undo = new AsyncDisposableStack();
    const all = [];
    for (let n = 0; n < 8; n++) all.push(undo.use(await connection()));
    await Promise.all(
      all.map(async ({ sender, client, file }, n) => {
        const [got] = await Promise.all([
          receive(client, 5_000_000),
          sendAll(sender, file, n, n + 5_000_000),
        ]);
        expect(got.equals(octets.subarray(n, n + 5_000_000))).toBe(true);
      }),
    );
  });

  it('says 0 where the file ends', async () => {
    await using there = await connection();
    const short = join(folder, 'short');
    writeFileSync(short, 'abc');
    const file = openSync(short, 'r');
    expect(await there.sender.send(file, 0, 100)).toBe(3);
    expect(await there.sender.send(file, 3, 97)).toBe(0);
    truncateSync(short, 0);
    expect(await there.sender.send(file, 1, 2)).toBe(0);
    closeSync(file);
  });

  it('fails when the client is gone', async () => {
    await using there = await connection();
    const sending = sendAll(there.sender, there.file, 0, octets.length);
    await once(there.client, 'readable');
    there.client.resetAndDestroy();
    await expect(sending).rejects.toMatchObject({
      code: 'OS_CALL_FAILED',
      errno: expect.stringMatching(/EPIPE|ECONNRESET/),
    });
  });

  it('ends what waits when it is disposed of, and closes its descriptor', async () => {
    await using there = await connection();
    const descriptors = () => readdirSync('/proc/self/fd').length;
    const before = descriptors();
    const sending = sendAll(there.sender, there.file, 0, octets.length);
    await once(there.client, 'readable');
    there.sender[Symbol.dispose]();
    await expect(sending).rejects.toMatchObject({ code: 'OS_CLOSED' });
    expect(descriptors()).toBe(before - 1);
    await expect(there.sender.send(there.file, 0, 1)).rejects.toMatchObject({ code: 'OS_CLOSED' });
  });

  it('says what is no socket', () => {
    expect(() => fileSenders()(-1)).toThrow('dup(socket): failed with EBADF');
  });
});
