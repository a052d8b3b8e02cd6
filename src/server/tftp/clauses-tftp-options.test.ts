import { randomBytes } from 'node:crypto';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tftp } from '../../wire/tftp.ts';
import { ack, readByTftp, rrq, type TftpClient, tftpClient } from '../shell/testing/tftp-client.ts';
import { startTftp, type TestTftp } from '../testing/tftp-server.ts';

let tftp: TestTftp;
const large = randomBytes(200_000);
beforeAll(async () => {
  tftp = await startTftp({ limits: { maxBlksize: 65_464, maxWindowsize: 64 } });
  writeFileSync(join(tftp.root, 'large'), large);
});
afterAll(() => tftp[Symbol.asyncDispose]());

type Options = Readonly<Record<string, string>>;

const ask = async (client: TftpClient, file: string, options: Options) => {
  await client.send(rrq(file, options), tftp.port);
  return client.next();
};
/** The answer to one request, which is then given up. */
async function answer(file: string, options: Options): Promise<Tftp | undefined> {
  await using client = await tftpClient();
  const got = await ask(client, file, options);
  if (got !== undefined) await client.send({ kind: 'error', code: 0, message: 'seen' }, got.port);
  return got?.packet;
}
/** What the OACK says, or the kind of packet that came in place of it. */
async function granted(options: Options): Promise<unknown> {
  const packet = await answer('large', options);
  if (packet?.kind !== 'oack') return packet?.kind;
  return Object.fromEntries(packet.options.map(({ name, value }) => [name, value]));
}

describe('option negotiation (RFC 2347)', () => {
  it('TFTP-016: the OACK comes first, again if need be, and DATA only for ACK 0', async () => {
    await using client = await tftpClient();
    const oack = await ask(client, 'large', { blksize: '1432', tsize: '0', timeout: '1' });
    expect(oack?.packet.kind).toBe('oack');
    expect(await client.next(10_000)).toEqual(oack);
    await client.send(ack(0), oack?.port ?? 0);
    expect((await client.next())?.packet).toMatchObject({ kind: 'data', block: 1 });
  });

  it('TFTP-017, R37: grants nothing that was not asked for, and says nothing to what it does not know', async () => {
    expect(await granted({ blksize: '1024', foo: 'bar', multicast: '' })).toEqual({ blksize: '1024' });
    expect(await granted({ blksize: '1024' })).toEqual({ blksize: '1024' });
    expect(await granted({ foo: 'bar' })).toBe('data');
    expect(await granted({})).toBe('data');
  });

  it('TFTP-018: takes names in any case and order, and says them back as they came', async () => {
    const found = await answer('large', { TSize: '0', BLKSIZE: '1024', foo: 'x', WindowSize: '2' });
    expect(found).toMatchObject({
      options: [
        { name: 'TSize', value: '200000' },
        { name: 'BLKSIZE', value: '1024' },
        { name: 'WindowSize', value: '2' },
      ],
    });
  });

  it('PXL-010: answers what pxelinux asks for with that and nothing else', async () => {
    expect(await granted({ tsize: '0', blksize: '1408' })).toEqual({ tsize: '200000', blksize: '1408' });
  });
});

describe('blksize (RFC 2348)', () => {
  it.each(['8', '9', '512', '1408', '1428', '1432', '1468', '8192', '65464'])(
    'TFTP-019: grants %s, and sends blocks of that size',
    async (blksize) => {
      await using client = await tftpClient();
      const oack = await ask(client, 'large', { blksize });
      expect(oack?.packet).toMatchObject({ options: [{ name: 'blksize', value: blksize }] });
      await client.send(ack(0), oack?.port ?? 0);
      const data = (await client.next())?.packet;
      expect(data?.kind === 'data' && data.data.length).toBe(Number(blksize));
      await client.send({ kind: 'error', code: 0, message: 'seen' }, oack?.port ?? 0);
    },
  );

  it.each(['0', '7', '65465', '70000', '-1', 'abc', ''])('TFTP-020: leaves out %j', async (blksize) => {
    expect(await granted({ blksize })).toBe('data');
    expect(await granted({ blksize, tsize: '0' })).toEqual({ tsize: '200000' });
  });

  it('R38: grants no more than it is told to', async () => {
    const { settings, service } = tftp;
    service.configure({ ...settings, limits: { ...settings.limits, maxBlksize: 1024 } });
    expect(await granted({ blksize: '65464' })).toEqual({ blksize: '1024' });
    expect(await granted({ blksize: '512' })).toEqual({ blksize: '512' });
    service.configure(settings);
  });
});

describe('tsize and timeout (RFC 2349)', () => {
  it.each([0, 1, 2 ** 31, 2 ** 32 + 1])('TFTP-022: says the size of a file of %i octets', async (size) => {
    const file = `sparse-${size}`;
    writeFileSync(join(tftp.root, file), '');
    truncateSync(join(tftp.root, file), size);
    expect(await answer(file, { tsize: '0' })).toMatchObject({ options: [{ value: String(size) }] });
  });

  it('TFTP-014, R36: a size probe is no failure, and ends the transfer at once', async () => {
    await using client = await tftpClient();
    const oack = await ask(client, 'large', { tsize: '0', blksize: '1468', timeout: '1' });
    await client.send({ kind: 'error', code: 8, message: 'User aborted the transfer' }, oack?.port ?? 0);
    const { octets } = await readByTftp('large', tftp.port, { blksize: '1468', windowsize: '4' });
    expect(octets.equals(large)).toBe(true);
    const name = `127.0.0.1:${client.port}`;
    await expect.poll(() => tftp.eventsOf(name).map(({ did }) => did)).toEqual(['started', 'size-probe']);
    // Longer than the OACK's repetition would take.
    expect(await client.next(1500)).toBeUndefined();
  });

  it.each([
    ['1', { timeout: '1' }],
    ['3', { timeout: '3' }],
    ['255', { timeout: '255' }],
    ['0', 'data'],
    ['256', 'data'],
  ])('TFTP-023: answers timeout %s with %j', async (timeout, wanted) => {
    expect(await granted({ timeout })).toEqual(wanted);
  });
});

describe('windowsize (RFC 7440)', () => {
  it.each([
    ['1', { windowsize: '1' }],
    ['4', { windowsize: '4' }],
    ['64', { windowsize: '64' }],
    ['65535', { windowsize: '64' }],
    ['0', 'data'],
    ['65536', 'data'],
  ])('TFTP-024, R40: answers %s with %j', async (windowsize, wanted) => {
    expect(await granted({ windowsize })).toEqual(wanted);
  });

  it.each([1, 4, 16, 64])(
    'TFTP-025: sends %i blocks for each ACK, and a short window at the end',
    async (windowsize) => {
      await using client = await tftpClient();
      const oack = await ask(client, 'large', {
        blksize: '1432',
        windowsize: String(windowsize),
        timeout: '60',
      });
      const last = Math.floor(large.length / 1432) + 1;
      const parts: Uint8Array[] = [];
      for (let acked = 0; acked < last; ) {
        await client.send(ack(acked), oack?.port ?? 0);
        const until = Math.min(acked + windowsize, last);
        while (acked < until) {
          const packet = (await client.next())?.packet;
          if (packet?.kind !== 'data') throw new Error(`wanted DATA ${acked + 1}, got ${packet?.kind}`);
          expect(packet.block).toBe(++acked);
          parts.push(packet.data);
        }
      }
      await client.send(ack(last), oack?.port ?? 0);
      expect(Buffer.concat(parts).equals(large)).toBe(true);
      // Nothing came in between that was not asked for.
      await expect.poll(() => tftp.eventsOf(`127.0.0.1:${client.port}`).at(-1)?.did).toBe('complete');
      expect(await client.next(1)).toBeUndefined();
    },
  );

  it('TFTP-026: the next window begins behind the block that was acknowledged, after a timeout too', async () => {
    await using client = await tftpClient();
    const oack = await ask(client, 'large', { blksize: '512', windowsize: '8', timeout: '1' });
    const window = async () => {
      const blocks: unknown[] = [];
      for (let n = 0; n < 8; n++) {
        const packet = (await client.next(10_000))?.packet;
        blocks.push(packet?.kind === 'data' ? packet.block : packet?.kind);
      }
      return blocks;
    };
    await client.send(ack(0), oack?.port ?? 0);
    expect(await window()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await client.send(ack(2), oack?.port ?? 0);
    expect(await window()).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await window()).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
  });
});
