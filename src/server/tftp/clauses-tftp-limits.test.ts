import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serializeTftp, type Tftp, type TftpFields } from '../../wire/tftp.ts';
import { ack, readByTftp, rrq, tftpClient } from '../shell/testing/tftp-client.ts';
import type { SeenPacket } from '../testing/tftp-on-a-wire.ts';
import { startTftp, type TestTftp } from '../testing/tftp-server.ts';
import { negotiateTftp } from './tftp-request.ts';
import { startTransfer, stepTransfer, type TransferOutput } from './tftp-transfer.ts';

let tftp: TestTftp;
const content = randomBytes(3000);
beforeAll(async () => {
  tftp = await startTftp();
  const { root, base } = tftp;
  mkdirSync(join(root, 'boot'));
  writeFileSync(join(root, 'f'), content);
  writeFileSync(join(root, 'boot', 'f'), content);
  writeFileSync(join(root, 'secret'), 'canary', { mode: 0 });
  writeFileSync(join(base, 'canary'), 'canary');
  symlinkSync('../canary', join(root, 'out'));
  symlinkSync('/etc', join(root, 'etc-link'));
  symlinkSync('/dev/zero', join(root, 'device'));
  execFileSync('mkfifo', [join(root, 'fifo')]);
  chmodSync(base, 0o755);
});
afterAll(() => tftp[Symbol.asyncDispose]());

async function answer(request: TftpFields | Uint8Array, port = tftp.port): Promise<Tftp | undefined> {
  await using client = await tftpClient();
  await client.send(request, port);
  const got = await client.next();
  if (got?.packet.kind === 'oack' || got?.packet.kind === 'data') {
    await client.send({ kind: 'error', code: 0, message: 'seen' }, got.port);
  }
  return got?.packet;
}

describe('names', () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ['nothing', {}],
    ['nothing', { tsize: '0', blksize: '1468', windowsize: '4' }],
  ])('TFTP-007: a file %j that is not there, asked for with %j, is ERROR 1, once', async (file, options) => {
    await using client = await tftpClient();
    await client.send(rrq(file, options), tftp.port);
    expect((await client.next())?.packet).toMatchObject({ kind: 'error', code: 1 });
    await client.send(rrq('f'), tftp.port);
    expect((await client.next())?.packet).toMatchObject({ kind: 'data', block: 1 });
  });

  it('R10, PXL-009: eleven lookups that miss, autoexec.ipxe among them, are answered at once', async () => {
    const names = ['autoexec.ipxe', ...Array.from({ length: 10 }, (_, n) => `pxelinux.cfg/0ABC004${n}`)];
    const answers = await Promise.all(
      names.map((name) => answer(rrq(name, { tsize: '0', blksize: '1408' }))),
    );
    expect(answers.map((packet) => packet?.kind === 'error' && packet.code)).toEqual(names.map(() => 1));
    expect((await answer(rrq('f')))?.kind).toBe('data');
  });

  it.each(['', '/', 'boot', 'boot/', 'f/', 'f/below', 'fifo', 'device'])(
    'TFTP-008: %j, which is no file that could be read, is one ERROR that names no path of the server',
    async (name) => {
      const packet = await answer(rrq(name === 'f/' ? 'f/x' : name));
      if (packet?.kind !== 'error') throw new Error(`wanted an ERROR, got ${packet?.kind}`);
      expect([1, 2]).toContain(packet.code);
      expect(packet.message).not.toMatch(/[/\\]/);
    },
  );

  it('TFTP-008: a file that may not be read is ERROR 2', async () => {
    // Root may read everything: be nobody for a moment.
    const uid = process.geteuid?.() ?? 0;
    if (uid === 0) process.seteuid?.(65_534);
    try {
      expect(await answer(rrq('secret'))).toMatchObject({ kind: 'error', code: 2 });
    } finally {
      process.seteuid?.(uid);
    }
  });

  it.each(['f', '/f', '\\f', './f', '//f', 'boot/f', 'boot\\f', '\\boot\\f', '/boot//f'])(
    'TFTP-030, R42: %j is the file, as Windows servers and shim spell it',
    async (name) => {
      expect((await readByTftp(name, tftp.port)).octets.equals(content)).toBe(true);
    },
  );

  it.each([
    ...['../canary', '/../canary', 'a/../../canary', '..\\canary', 'boot/../../canary', '/etc/passwd'],
    ...['//etc/passwd', '....//canary', '%2e%2e/canary', 'out', 'etc-link/passwd', 'C:\\canary', '..'],
  ])('SEC-001: %j leads nowhere', async (name) => {
    const packet = await answer(rrq(name));
    expect(packet).toMatchObject({ kind: 'error' });
    expect(packet?.kind === 'error' && [1, 2].includes(packet.code)).toBe(true);
  });

  it('SEC-001: a name ends at its NUL', async () => {
    const packet = await answer(Buffer.from('\0\x01f\0../canary\0octet\0', 'latin1'));
    // The mode is "../canary" then.
    expect(packet).toMatchObject({ kind: 'error', code: 4 });
  });
});

describe('requests', () => {
  it('TFTP-027: a request that comes twice is one transfer, and the first is not disturbed', async () => {
    await using client = await tftpClient();
    const request = rrq('f', { blksize: '512' });
    await client.send(request, tftp.port);
    await client.send(request, tftp.port);
    const oack = await client.next();
    for (let block = 0; block < 6; block++) {
      await client.send(ack(block), oack?.port ?? 0);
      expect(await client.next()).toMatchObject({
        packet: { kind: 'data', block: block + 1 },
        port: oack?.port,
      });
    }
    await client.send(ack(6), oack?.port ?? 0);
    const name = `127.0.0.1:${client.port}`;
    await expect.poll(() => tftp.eventsOf(name).map(({ did }) => did)).toEqual(['started', 'complete']);
  });

  it.each<[string, TftpFields]>([
    ['a new file', { kind: 'wrq', file: 'new', mode: 'octet', options: [] }],
    ['a file that is there', { kind: 'wrq', file: 'f', mode: 'octet', options: [] }],
    [
      'with options',
      { kind: 'wrq', file: 'new', mode: 'octet', options: [{ name: 'blksize', value: '1468' }] },
    ],
  ])('TFTP-028: refuses to write %s, and makes nothing', async (_, request) => {
    const before = readdirSync(tftp.root);
    expect(await answer(request)).toMatchObject({ kind: 'error', code: 2 });
    expect(readdirSync(tftp.root)).toEqual(before);
    expect((await readByTftp('f', tftp.port)).octets.equals(content)).toBe(true);
  });

  const padded = (octets: number) =>
    serializeTftp(rrq('f', { x: 'y'.repeat(octets - serializeTftp(rrq('f', { x: '' })).length) }));

  it('TFTP-031: takes requests of up to 512 octets, and refuses longer and unfinished ones', async () => {
    expect((await answer(padded(508)))?.kind).toBe('data');
    expect((await answer(padded(512)))?.kind).toBe('data');
    expect(await answer(padded(513))).toMatchObject({ kind: 'error', code: 4 });
    expect(await answer(padded(508).subarray(0, 507))).toMatchObject({ kind: 'error', code: 4 });
    expect(await answer(Buffer.from('\0\x01f\0octet\0blksize\0'))).toMatchObject({ kind: 'error', code: 4 });
  });

  it('SEC-012: junk is answered by one ERROR at most, and ERROR never', async () => {
    await using client = await tftpClient();
    const junk = [[], [0], [0, 4], [0, 4, 0], [0, 0], [0, 3, 0, 1, 97], [0, 4, 0, 1], [0, 6], [0, 7], [1, 0]];
    for (const bytes of junk) await client.send(Uint8Array.from(bytes), tftp.port);
    for (const _ of junk) expect((await client.next())?.packet).toMatchObject({ kind: 'error', code: 4 });
    await client.send({ kind: 'error', code: 4, message: 'x' }, tftp.port);
    await client.send(rrq('f'), tftp.port);
    expect((await client.next())?.packet.kind).toBe('data');
  });

  it.each([
    ['without options', [], 120],
    [
      'with all of them',
      [
        ['blksize', '65464'],
        ['windowsize', '64'],
        ['tsize', '0'],
      ],
      30,
    ],
  ] as const)('SEC-011: a request %s that nobody sent is answered by few octets', (_, options, most) => {
    const asked = options.map(([name, value]) => ({ name, value }));
    const terms = negotiateTftp(asked, 1e9, { maxBlksize: 1468, maxWindowsize: 64 });
    let [state, outputs] = startTransfer(terms, 1e9, 0) as ReturnType<typeof startTransfer>;
    let octets = 0;
    const count = (sent: readonly TransferOutput[]): void => {
      for (const output of sent) {
        if (output.kind === 'data') octets += 4 + output.length;
        if (output.kind === 'send') octets += output.bytes.length;
      }
    };
    count(outputs);
    while (state.phase !== 'over') {
      [state, outputs] = stepTransfer(state, { kind: 'timer' }, state.wakeAt);
      count(outputs);
    }
    const request = serializeTftp(rrq('pxelinux.0', Object.fromEntries(options)));
    expect(octets / request.length).toBeLessThan(most);
  });

  it('refuses more transfers than a client or all may have, by an ERROR, and frees what has ended', async () => {
    await using small = await startTftp({ maxTransfers: 3, maxTransfersPerClient: 2 });
    writeFileSync(join(small.root, 'f'), content);
    const clients = await Promise.all(Array.from({ length: 3 }, () => tftpClient()));
    const answers = [];
    for (const client of clients) {
      await client.send(rrq('f'), small.port);
      answers.push(await client.next());
    }
    expect(answers.map((got) => got?.packet.kind)).toEqual(['data', 'data', 'error']);
    expect(answers[2]?.packet).toMatchObject({ code: 0, message: 'too many transfers' });
    expect(small.service.transfers()).toHaveLength(2);
    await clients[0]?.send({ kind: 'error', code: 0, message: 'enough' }, answers[0]?.port ?? 0);
    await expect.poll(() => small.service.transfers().length).toBe(1);
    await clients[2]?.send(rrq('f'), small.port);
    expect((await clients[2]?.next())?.packet.kind).toBe('data');
    for (const client of clients) await client[Symbol.asyncDispose]();
  });
});

describe('the wire', () => {
  it('TFTP-029, TFTP-021: broadcast requests are not answered, and no packet is a fragment', async () => {
    const script = join(import.meta.dirname, '..', 'testing', 'tftp-on-a-wire.ts');
    const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    const command = ['--net', '--', process.execPath, '--no-warnings', script];
    const { stdout } = await promisify(execFile)('unshare', [...user, ...command]);
    const seen = JSON.parse(stdout) as readonly SeenPacket[];
    // MTU 1400, less 32.
    expect(seen[0]?.says).toBe('OACK blksize=1368 windowsize=4');
    expect(seen.slice(1).map(({ says }) => says)).toEqual([1, 2, 3, 4].map((n) => `DATA ${n}, 1368 bytes`));
    for (const packet of seen) {
      expect(packet).toMatchObject({ toPort: 2003, isFragment: false, checksum: 'correct' });
      expect(packet.octets).toBeLessThanOrEqual(1400);
    }
  }, 60_000);
});

describe('files that change during the transfer', () => {
  it.each<[string, (path: string) => void]>([
    ['shorter', (path) => truncateSync(path, 100_000)],
    ['longer', (path) => appendFileSync(path, 'more')],
    ['another', (path) => writeFileSync(path, randomBytes(2_000_000))],
  ])(
    'tells the client of a file that has become %s, and never ends as if it were whole',
    async (word, change) => {
      const path = join(tftp.root, `changes-${word}`);
      for (const mode of ['octet', 'netascii']) {
        writeFileSync(path, randomBytes(2_000_000));
        await using client = await tftpClient();
        await client.send(rrq(`changes-${word}`, { blksize: '1468', windowsize: '16' }, mode), tftp.port);
        let got = await client.next();
        const port = got?.port ?? 0;
        await client.send(ack(0), port);
        change(path);
        for (let acked = 0; ; ) {
          got = await client.next();
          if (got?.packet.kind !== 'data') break;
          acked = got.packet.block;
          if (got.packet.data.length < 1468) break;
          if (acked % 16 === 0) await client.send(ack(acked), port);
        }
        expect(got?.packet).toMatchObject({ kind: 'error' });
        const name = `127.0.0.1:${client.port}`;
        await expect.poll(() => tftp.eventsOf(name).at(-1)?.did).toBe('aborted');
        expect(tftp.eventsOf(name).at(-1)?.because).toMatch(/the file/);
      }
    },
  );
});

describe('many clients', () => {
  it('TFTP-032: 64 transfers at once over a network that loses one packet in a hundred all end right', async () => {
    const octets = randomBytes(400_000);
    writeFileSync(join(tftp.root, 'many'), octets);
    let luck = 32;
    const loses = (): boolean => {
      // Park and Miller's, for the same losses each time.
      luck = (luck * 16_807) % 0x7fff_ffff;
      return luck % 100 === 0;
    };
    const blksizes = ['512', '1024', '1428', '1468'];
    const windowsizes = ['1', '2', '4', '8', '16'];
    const reads = await Promise.all(
      Array.from({ length: 64 }, (_, n) =>
        readByTftp(
          'many',
          tftp.port,
          {
            blksize: blksizes[n % blksizes.length] ?? '512',
            windowsize: windowsizes[n % windowsizes.length] ?? '1',
          },
          'octet',
          loses,
        ),
      ),
    );
    expect(reads.filter((read) => read.octets.equals(octets))).toHaveLength(64);
  }, 240_000);

  it('2,000 short transfers at once all end right', async () => {
    await using storm = await startTftp({ maxTransfers: 4000, maxTransfersPerClient: 4000 });
    const octets = randomBytes(80_000);
    writeFileSync(join(storm.root, 'boot'), octets);
    const reads = await Promise.all(
      Array.from({ length: 2000 }, () =>
        readByTftp('boot', storm.port, { blksize: '1432', windowsize: '4' }, 'octet', () => false),
      ),
    );
    expect(reads.filter((read) => read.octets.equals(octets))).toHaveLength(2000);
    // A request that was late begins a transfer to a port that is closed by now.
    await expect.poll(() => storm.service.transfers().length, { timeout: 30_000 }).toBe(0);
  }, 240_000);
});
