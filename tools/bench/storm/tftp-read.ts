import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  type BlockNumber,
  parseTftp,
  serializeTftp,
  type Tftp,
  type TftpFields,
} from '../../../src/wire/tftp.ts';
import { askPatiently, GaveUp, TFTP_TIMEOUTS_MS } from './patience.ts';

export type TftpRead = { readonly octets: number; readonly retries: number };

const SERVER_PORT = 69;
const BLKSIZE = 1432;

/** Reads a file as a ROM does: blksize and tsize, lock-step. Throws GaveUp. */
export async function tftpRead(server: string, from: string, file: string): Promise<TftpRead> {
  const socket = createSocket('udp4');
  socket.bind(0, from);
  await once(socket, 'listening');
  let onPacket: ((packet: Tftp, port: number) => void) | undefined;
  socket.on('message', (bytes, { port }) => {
    const parsed = parseTftp(bytes);
    if (parsed.ok) onPacket?.(parsed.value, port);
  });
  let retries = 0;
  let port = SERVER_PORT;
  /** Sends until the wanted packet comes. */
  const exchange = async (send: TftpFields, wanted: (packet: Tftp) => boolean): Promise<Tftp> => {
    const bytes = serializeTftp(send);
    const got = await askPatiently(
      `${from} TFTP ${file}`,
      TFTP_TIMEOUTS_MS,
      () => socket.send(bytes, port, server),
      () =>
        new Promise<Tftp>((resolve) => {
          onPacket = (packet, sender) => {
            if (packet.kind !== 'error' && !wanted(packet)) return;
            port = sender;
            resolve(packet);
          };
        }),
    );
    retries += got.retries;
    if (got.value.kind === 'error') throw new GaveUp(`${from} TFTP ${file}: ERROR ${got.value.message}`);
    return got.value;
  };
  try {
    const options = [
      { name: 'blksize', value: String(BLKSIZE) },
      { name: 'tsize', value: '0' },
    ];
    await exchange({ kind: 'rrq', file, mode: 'octet', options }, ({ kind }) => kind === 'oack');
    let octets = 0;
    for (let count = 0; ; count++) {
      const next = (count + 1) % 0x10000;
      const data = await exchange(
        { kind: 'ack', block: (count % 0x10000) as BlockNumber },
        (packet) => packet.kind === 'data' && packet.block === next,
      );
      if (data.kind !== 'data') throw new GaveUp(`${from} TFTP ${file}: ${data.kind}`);
      octets += data.data.length;
      if (data.data.length < BLKSIZE) {
        socket.send(serializeTftp({ kind: 'ack', block: next as BlockNumber }), port, server);
        return { octets, retries };
      }
    }
  } finally {
    // What was sent has to leave before the socket closes.
    setImmediate(() => socket.close());
  }
}
