/** A TFTP client over a real socket, for tests: what comes, as packets, and what to send, as packets. */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import {
  type BlockNumber,
  parseTftp,
  serializeTftp,
  type Tftp,
  type TftpFields,
} from '../../../wire/tftp.ts';

export type TftpClient = AsyncDisposable & {
  readonly port: number;
  readonly send: (packet: TftpFields | Uint8Array, port: number) => Promise<void>;
  /** The next packet, and the port it came from. Undefined if none comes in that time. */
  readonly next: (ms?: number) => Promise<{ readonly packet: Tftp; readonly port: number } | undefined>;
};

export async function tftpClient(port = 0): Promise<TftpClient> {
  const socket = createSocket('udp4');
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  const waiting: { readonly packet: Tftp; readonly port: number }[] = [];
  let wake: (() => void) | undefined;
  socket.on('message', (bytes: Buffer, from: RemoteInfo) => {
    const parsed = parseTftp(bytes);
    if (!parsed.ok) throw parsed.error;
    waiting.push({ packet: parsed.value, port: from.port });
    wake?.();
  });
  return {
    port: socket.address().port,
    send: (packet, to) => {
      const bytes = packet instanceof Uint8Array ? packet : serializeTftp(packet);
      return new Promise((resolve) => socket.send(bytes, to, '127.0.0.1', () => resolve()));
    },
    next: async (ms = 5000) => {
      if (waiting.length === 0) {
        const timeout = Promise.withResolvers<void>();
        const timer = setTimeout(timeout.resolve, ms);
        await Promise.race([timeout.promise, new Promise<void>((resolve) => (wake = resolve))]);
        clearTimeout(timer);
        wake = undefined;
      }
      return waiting.shift();
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

export const rrq = (
  file: string,
  options: Readonly<Record<string, string>> = {},
  mode = 'octet',
): TftpFields => ({
  kind: 'rrq',
  file,
  mode,
  options: Object.entries(options).map(([name, value]) => ({ name, value })),
});
export const ack = (block: number): TftpFields => ({ kind: 'ack', block: (block % 0x10000) as BlockNumber });

/** Waits of a client that asks again, and how often it does before it gives up. */
const PATIENCE_MS = 1000;
const MOST_REPEATS = 40;

/**
 * Reads a whole file, acknowledging each window. Throws on ERROR and on silence. With `loses`, which says of each packet
 * whether the network loses it, it is as patient as firmware and says again what got no answer.
 */
export async function readByTftp(
  file: string,
  port: number,
  options: Readonly<Record<string, string>> = {},
  mode = 'octet',
  loses?: () => boolean,
): Promise<{
  /** As the server's events name this client. */
  readonly client: string;
  readonly octets: Buffer;
  readonly blocks: number;
  readonly oack: Readonly<Record<string, string>>;
}> {
  await using client = await tftpClient();
  let last: readonly [TftpFields, number] = [rrq(file, options, mode), port];
  const say = async (packet: TftpFields, to: number): Promise<void> => {
    last = [packet, to];
    if (loses?.() !== true) await client.send(packet, to);
  };
  await say(...last);
  const parts: Uint8Array[] = [];
  let oack: Record<string, string> = {};
  let expected = 1;
  let blksize = 512;
  let windowsize = 1;
  let own: number | undefined;
  let repeats = 0;
  for (;;) {
    const got = await (loses === undefined ? client.next() : client.next(PATIENCE_MS));
    if (got === undefined) {
      if (loses === undefined || ++repeats > MOST_REPEATS)
        throw new Error(`silence before block ${expected}`);
      await say(...last);
      continue;
    }
    if (loses?.() === true) continue;
    const { packet } = got;
    if (packet.kind === 'error') throw new Error(`ERROR ${packet.code} ${packet.message}`);
    // Of a second transfer, begun by a request that was sent twice.
    own ??= got.port;
    if (got.port !== own) continue;
    if (packet.kind === 'oack') {
      oack = Object.fromEntries(packet.options.map(({ name, value }) => [name.toLowerCase(), value]));
      blksize = Number(oack.blksize ?? blksize);
      windowsize = Number(oack.windowsize ?? windowsize);
      if (expected === 1) await say(ack(0), got.port);
      continue;
    }
    if (packet.kind !== 'data' || packet.block !== expected % 0x10000) continue;
    parts.push(Buffer.from(packet.data));
    const isLast = packet.data.length < blksize;
    if (isLast || expected % windowsize === 0) await say(ack(expected), got.port);
    if (isLast)
      return { client: `127.0.0.1:${client.port}`, octets: Buffer.concat(parts), blocks: expected, oack };
    expected++;
  }
}
