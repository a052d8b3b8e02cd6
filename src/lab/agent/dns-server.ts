import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { boundSocket } from '../../os/inet-socket.ts';
import { answerDns } from '../../server/dns/answer-dns.ts';
import { dnsZone } from '../../server/dns/zone.ts';
import type { Ipv4Address } from '../../wire/address.ts';

const PORT = 53;
/** A client that asks nothing for so long is gone. RFC 7766 §6.2.3 asks for "a few seconds". */
const IDLE_MS = 10_000;

export type DnsSockets = { readonly udp: number; readonly tcp: number };

/** To be called inside the host's network namespace. Throws OsError (EADDRINUSE). */
export function openDnsSockets(address: string): DnsSockets {
  return { udp: boundSocket('udp', address, PORT), tcp: boundSocket('tcp', address, PORT) };
}

/** Answers for the whole tree of names: what is not among `names` does not exist. On an isolated network that is so. */
export function serveDns(sockets: DnsSockets, names: Readonly<Record<string, Ipv4Address>>): void {
  const zone = dnsZone({ origin: '.', hosts: names });

  const udp = createSocket('udp4');
  udp.on('message', (query, from) => {
    const answer = answerDns(query, zone);
    // A client may be gone by now; that is its affair.
    if (answer !== undefined) udp.send(answer, from.port, from.address, () => {});
  });
  udp.bind({ fd: sockets.udp });

  const tcp = createServer((socket) => {
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    eachQuery(socket, (query) => {
      const answer = answerDns(query, zone);
      if (answer === undefined) return;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      socket.write(Buffer.concat([length, answer]));
    });
  });
  tcp.listen({ fd: sockets.tcp });
}

/** RFC 1035 §4.2.2: each message behind its length, two octets. */
function eachQuery(socket: Socket, query: (bytes: Uint8Array) => void): void {
  let waiting = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 2 && waiting.length >= 2 + waiting.readUInt16BE()) {
      const end = 2 + waiting.readUInt16BE();
      query(waiting.subarray(2, end));
      waiting = waiting.subarray(end);
    }
  });
}
