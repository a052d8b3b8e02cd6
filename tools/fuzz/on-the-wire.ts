/**
 * Bad messages over real sockets, on a host beside the server's: `node on-the-wire.ts PROTOCOL SECONDS SEED`. Between
 * them good ones, which the server has to answer. A JSON object a line on stdout, as in-process.ts.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { mac } from '../../src/wire/address.ts';
import { SERVER_ADDRESS, WITNESS_ADDRESS } from '../bench/bench-network.ts';
import { openDhcpClients } from '../bench/storm/dhcp-clients.ts';
import { HttpConnection } from '../bench/storm/http-connection.ts';
import { tftpRead } from '../bench/storm/tftp-read.ts';
import { seededRandom } from '../seeded-random.ts';
import { mutate, pick } from './mutate.ts';
import type { Report } from './report.ts';
import { seedsFor } from './seeds.ts';

const ANY = '0.0.0.0';
const [name = '', time = '', seed = ''] = process.argv.slice(2);
const PORTS = { dhcp: 67, tftp: 69, http: 80, dns: 53, 'boot-server': 4011 } as const;
const port = PORTS[name as keyof typeof PORTS];
if (port === undefined) throw new Error(`wanted one of ${Object.keys(PORTS).join(', ')}`);

/** Sent before the server is asked for a sign of life: as many as its receive buffer bears. */
const CHUNK = 200;
const CONNECTIONS = 20;
const ANSWER_MS = 200;

const random = seededRandom(Number(seed));
const corpus = await seedsFor(name === 'http' ? 'tcp' : 'udp', name === 'boot-server' ? 67 : port);
const began = performance.now();
let inputs = 0;
await using alive = await signsOfLife();
try {
  while (performance.now() - began < Number(time) * 1000) {
    const chunk = Array.from({ length: CHUNK }, () =>
      mutate(pick(corpus, random) ?? new Uint8Array(0), corpus, random),
    );
    await (name === 'http' ? overConnections(chunk) : asDatagrams(chunk));
    inputs += CHUNK;
    await alive.look();
    say({ kind: 'progress', inputs, corpus: corpus.length });
  }
} catch (error) {
  say({ kind: 'finding', error: `after ${inputs} messages to ${name}: ${String(error)}` });
}
const seconds = (performance.now() - began) / 1000;
say({ kind: 'end', inputs, corpus: corpus.length, seconds, memory: 0 });

async function asDatagrams(chunk: readonly Uint8Array[]): Promise<void> {
  const socket = createSocket('udp4');
  socket.bind(0, ANY);
  await once(socket, 'listening');
  const sent = chunk.map(
    (bytes) => new Promise<void>((resolve) => socket.send(bytes, port, SERVER_ADDRESS, () => resolve())),
  );
  await Promise.all(sent);
  socket.close();
}

async function overConnections(chunk: readonly Uint8Array[]): Promise<void> {
  const rest = [...chunk];
  const worker = async (): Promise<void> => {
    for (let bytes = rest.pop(); bytes !== undefined; bytes = rest.pop()) await overOneConnection(bytes);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
}

/** Writes, waits for some answer or none, and goes away, now politely, now not. */
async function overOneConnection(bytes: Uint8Array): Promise<void> {
  const socket = connect({ host: SERVER_ADDRESS, port });
  socket.on('error', () => undefined);
  const over = Promise.withResolvers<void>();
  socket.on('data', () => over.resolve());
  socket.on('close', () => over.resolve());
  socket.write(bytes);
  const timer = setTimeout(over.resolve, ANSWER_MS);
  await over.promise;
  clearTimeout(timer);
  if ((random() & 1) === 0) socket.resetAndDestroy();
  else socket.destroy();
}

/** An offer, a file and a page: each has to come, whatever was sent before from another address, which has limits of its own. */
async function signsOfLife() {
  const dhcp = name === 'dhcp' ? await openDhcpClients() : undefined;
  let clients = 0;
  return {
    look: async (): Promise<void> => {
      const tail = (clients++ & 0xff).toString(16).padStart(2, '0');
      await dhcp?.dora(mac(`02:ff:ff:ff:ff:${tail}`), 'firmware');
      if (name === 'tftp') await tftpRead(SERVER_ADDRESS, WITNESS_ADDRESS, 'undionly.kpxe');
      using http = new HttpConnection(SERVER_ADDRESS, WITNESS_ADDRESS);
      const { status } = await http.get('/boot1.txt');
      if (status !== 200) throw new Error(`GET /boot1.txt: ${status}`);
    },
    [Symbol.asyncDispose]: async () => dhcp?.[Symbol.asyncDispose](),
  };
}

function say(report: Report): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
