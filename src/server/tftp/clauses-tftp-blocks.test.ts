import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serializeTftp } from '../../wire/tftp.ts';
import { ack, readByTftp, rrq, type TftpClient, tftpClient } from '../shell/testing/tftp-client.ts';
import { startTftp, type TestTftp } from '../testing/tftp-server.ts';
import { negotiateTftp } from './tftp-request.ts';
import { startTransfer, stepTransfer, type TransferOutput } from './tftp-transfer.ts';

let tftp: TestTftp;
const text = Buffer.from('a\nb\rc\r\n\xff', 'latin1');
const large = randomBytes(100_000);
beforeAll(async () => {
  tftp = await startTftp();
  writeFileSync(join(tftp.root, 'text'), text);
  writeFileSync(join(tftp.root, 'large'), large);
  for (const size of [0, 1, 100, 511, 512, 513, 1024, 4284]) {
    writeFileSync(join(tftp.root, `${size}`), randomBytes(size));
  }
});
afterAll(() => tftp[Symbol.asyncDispose]());

const ask = async (client: TftpClient, file: string, options: Readonly<Record<string, string>> = {}) => {
  await client.send(rrq(file, options), tftp.port);
  return client.next();
};

describe('transfers and their ports (RFC 1350)', () => {
  it('TFTP-001: each has a port of its own, chosen at random, and keeps it', async () => {
    const ports: number[] = [];
    for (let pair = 0; pair < 10; pair++) {
      await using one = await tftpClient();
      await using two = await tftpClient();
      const [first, second] = [await ask(one, '1024'), await ask(two, '1024')];
      expect(new Set([first?.port, second?.port, tftp.port]).size).toBe(3);
      await one.send(ack(1), first?.port ?? 0);
      expect((await one.next())?.port).toBe(first?.port);
      ports.push(first?.port ?? 0, second?.port ?? 0);
    }
    const steps = ports.slice(1).map((port, at) => port - (ports[at] ?? 0));
    expect(steps.every((step) => step === 1)).toBe(false);
    expect(new Set(ports).size).toBeGreaterThan(15);
  });

  it.each([
    [0, [0]],
    [1, [1]],
    [511, [511]],
    [512, [512, 0]],
    [513, [512, 1]],
    [1024, [512, 512, 0]],
  ])('TFTP-002, TFTP-003: %i octets are blocks of %j', async (size, lengths) => {
    await using client = await tftpClient();
    let got = await ask(client, `${size}`);
    const seen: unknown[] = [];
    for (let block = 1; block <= lengths.length; block++) {
      const packet = got?.packet;
      seen.push(packet?.kind === 'data' ? [packet.block, packet.data.length] : packet?.kind);
      await client.send(ack(block), got?.port ?? 0);
      if (block < lengths.length) got = await client.next();
    }
    expect(seen).toEqual(lengths.map((length, at) => [at + 1, length]));
  });

  it('TFTP-003: with blksize 1428 a file of three blocks ends with an empty one', async () => {
    const { octets, blocks } = await readByTftp('4284', tftp.port, { blksize: '1428' });
    expect([octets.length, blocks]).toEqual([4284, 4]);
  });

  it.each(['octet', 'OCTET', 'OcTeT', 'NETASCII'])('TFTP-004: takes mode %s', async (mode) => {
    expect((await readByTftp('100', tftp.port, {}, mode)).blocks).toBe(1);
  });

  it('TFTP-005: translates netascii exactly, says its size, and leaves octet alone', async () => {
    const { octets, oack } = await readByTftp('text', tftp.port, { tsize: '0' }, 'netascii');
    expect(octets.toString('latin1')).toBe('a\r\nb\r\0c\r\0\r\n\xff');
    expect(oack).toEqual({ tsize: String(octets.length) });
    expect((await readByTftp('text', tftp.port)).octets.equals(text)).toBe(true);
  });

  it('TFTP-005: translates files of several chunks, whatever stands at their ends', async () => {
    const lines = Buffer.alloc(700_000, 'line\n\r');
    writeFileSync(join(tftp.root, 'lines'), lines);
    const { octets, oack } = await readByTftp(
      'lines',
      tftp.port,
      { tsize: '0', blksize: '1400' },
      'netascii',
    );
    expect(octets.toString('latin1')).toBe(
      lines.toString('latin1').replace(/\n|\r/g, (end) => (end === '\n' ? '\r\n' : '\r\0')),
    );
    expect(oack.tsize).toBe(String(octets.length));
  });

  it.each(['mail', 'binary', ''])(
    'TFTP-006: refuses mode %j with ERROR 4 and sends no DATA',
    async (mode) => {
      await using client = await tftpClient();
      await client.send(rrq('100', {}, mode), tftp.port);
      expect((await client.next())?.packet).toMatchObject({ kind: 'error', code: 4 });
      // A fence: the next answer belongs to the next question.
      expect((await ask(client, '100'))?.packet.kind).toBe('data');
    },
  );

  it('TFTP-012: a stranger is told ERROR 5, and the transfer goes on', async () => {
    await using client = await tftpClient();
    await using stranger = await tftpClient();
    const first = await ask(client, '1024', { blksize: '512' });
    await client.send(ack(0), first?.port ?? 0);
    await client.next();
    await stranger.send(ack(1), first?.port ?? 0);
    expect(await stranger.next()).toMatchObject({ packet: { kind: 'error', code: 5 }, port: first?.port });
    await stranger.send({ kind: 'error', code: 5, message: '' }, first?.port ?? 0);
    await client.send(ack(1), first?.port ?? 0);
    expect((await client.next())?.packet).toMatchObject({ kind: 'data', block: 2 });
  });

  it('TFTP-013: ERROR ends the transfer and is not answered', async () => {
    await using client = await tftpClient();
    const first = await ask(client, 'large');
    await client.send({ kind: 'error', code: 0, message: 'enough' }, first?.port ?? 0);
    await expect.poll(() => tftp.eventsOf(`127.0.0.1:${client.port}`).at(-1)?.did).toBe('aborted');
    // Nobody listens at that port any more: what comes next is the answer to the next request.
    await client.send(ack(1), first?.port ?? 0);
    expect((await ask(client, '100'))?.port).not.toBe(first?.port);
  });

  it('TFTP-015: block numbers roll over to 0', async () => {
    const octets = randomBytes(524_289);
    writeFileSync(join(tftp.root, 'wraps'), octets);
    const got = await readByTftp('wraps', tftp.port, { blksize: '8', windowsize: '16' });
    expect(got.blocks).toBe(65_537);
    expect(got.octets.equals(octets)).toBe(true);
  }, 60_000);
});

describe('retransmission (RFC 1123 §4.2.3)', () => {
  it('TFTP-009: DATA is sent once, however often it is acknowledged', async () => {
    await using client = await tftpClient();
    const first = await ask(client, 'large', { timeout: '5' });
    const seen: number[] = [];
    for (let block = 0; block < 6; block++) {
      await client.send(ack(block), first?.port ?? 0);
      await client.send(ack(block), first?.port ?? 0);
      const got = await client.next();
      if (got?.packet.kind === 'data') seen.push(got.packet.block);
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  });

  const gaps = (acked: number): number[] => {
    let now = 0;
    let [state] = startTransfer(negotiateTftp([], 2000, limits), 2000, now);
    for (let block = 1; block <= acked; block++) {
      const bytes = serializeTftp(ack(block));
      [state] = stepTransfer(state, { kind: 'datagram', bytes, fromPeer: true }, now);
    }
    const found: number[] = [];
    while (state.phase !== 'over') {
      found.push(state.wakeAt - now);
      now = state.wakeAt;
      [state] = stepTransfer(state, { kind: 'timer' }, now);
    }
    return found;
  };

  it.each([
    ['the first block', 0],
    ['block 3', 2],
    ['the last block', 3],
  ])('TFTP-010, TFTP-011: %s is sent again, less and less often, and not for ever', (_, acked) => {
    const found = gaps(acked);
    expect(found.toSorted((a, b) => a - b)).toEqual(found);
    expect(found[0]).toBeLessThanOrEqual(5000);
    expect(found.length).toBeLessThanOrEqual(20);
    expect(found.reduce((sum, gap) => sum + gap, 0)).toBeLessThanOrEqual(60_000);
  });

  it('TFTP-010: really sends the last block again, and nothing once it is acknowledged', async () => {
    await using client = await tftpClient();
    const oack = await ask(client, '100', { timeout: '1' });
    await client.send(ack(0), oack?.port ?? 0);
    const last = await client.next();
    expect(await client.next(10_000)).toEqual(last);
    await client.send(ack(1), oack?.port ?? 0);
    await expect.poll(() => tftp.eventsOf(`127.0.0.1:${client.port}`).at(-1)?.did).toBe('complete');
    expect(tftp.eventsOf(`127.0.0.1:${client.port}`).at(-1)).toMatchObject({ octets: 100 });
  });

  it('TFTP-011: the port of a client that has gone is free again at once', async () => {
    const client = await tftpClient();
    await ask(client, 'large', { timeout: '1' });
    const name = `127.0.0.1:${client.port}`;
    await client[Symbol.asyncDispose]();
    // The next packet meets a closed port: ICMP says so.
    await expect.poll(() => tftp.eventsOf(name).at(-1)?.did, { timeout: 15_000 }).toBe('aborted');
    expect(tftp.service.transfers().some((transfer) => transfer.client === name)).toBe(false);
  });
});

const limits = { maxBlksize: 1468, maxWindowsize: 16 };

/** What the core says is to be sent: block and content. */
function wordsOf(outputs: readonly TransferOutput[], file: Buffer): readonly string[] {
  return outputs.flatMap((output) => {
    if (output.kind === 'send') return ['other'];
    if (output.kind !== 'data') return [];
    return [`${output.block} ${file.toString('hex', output.offset, output.offset + output.length)}`];
  });
}

describe('the data plane', () => {
  it('puts on the wire what the core says, whatever the client acknowledges', async () => {
    const script = fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.constant('window') },
        { weight: 2, arbitrary: fc.constant('part') },
        fc.constantFrom('again', 'stale', 'future', 'junk'),
      ),
      { minLength: 1, maxLength: 25 },
    );
    const options = fc.record(
      { blksize: fc.constantFrom('8', '512', '1468'), windowsize: fc.constantFrom('1', '3', '16') },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(script, options, async (steps, given) => {
        await using client = await tftpClient();
        // Longer than the test lasts: what is sent is sent because of what was said.
        const asked = { timeout: '60', ...given };
        const terms = negotiateTftp(
          Object.entries(asked).map(([name, value]) => ({ name, value })),
          large.length,
          limits,
        );
        let [state] = startTransfer(terms, large.length, 0);
        const port = (await ask(client, 'large', asked))?.port ?? 0;
        const hear = async (bytes: Uint8Array): Promise<void> => {
          const [next, outputs] = stepTransfer(state, { kind: 'datagram', bytes, fromPeer: true }, 0);
          state = next;
          await client.send(bytes, port);
          const wanted = wordsOf(outputs, large);
          const seen: string[] = [];
          while (seen.length < wanted.length) {
            const packet = (await client.next())?.packet;
            const isData = packet?.kind === 'data';
            seen.push(isData ? `${packet.block} ${Buffer.from(packet.data).toString('hex')}` : 'other');
          }
          expect(seen).toEqual(wanted);
        };
        await hear(serializeTftp(ack(0)));
        for (const step of steps) {
          // With windows a repeated ACK is a complaint, and answered by time.
          if (step === 'again' && terms.windowsize > 1) continue;
          if (state.phase === 'over') break;
          const { acked, sent } = state;
          const blocks: Readonly<Record<string, number>> = {
            ...{ window: sent, part: acked + 1, again: acked, stale: acked + 65_000, future: sent + 1 },
          };
          const block = blocks[step];
          await hear(block === undefined ? Uint8Array.of(0, 9, 9) : serializeTftp(ack(block)));
        }
        if (state.phase !== 'over') await client.send({ kind: 'error', code: 0, message: '' }, port);
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});
