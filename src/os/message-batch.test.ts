import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { boundSocket, inetAddress } from './inet-socket.ts';
import { type BatchedDatagram, datagramReceiver, messageSender } from './message-batch.ts';
import type { OsError } from './os-error.ts';
import { onReadable } from './readable.ts';

const NOTHING = new Uint8Array(0);
const octets = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

/** A bound descriptor and a socket of Node's, both on the loopback. */
async function pair() {
  const fd = boundSocket('udp', '127.0.0.1', 0);
  const peer = createSocket('udp4').bind(0, '127.0.0.1');
  await once(peer, 'listening');
  return {
    fd,
    peer,
    [Symbol.dispose]: () => {
      peer.close();
      closeSync(fd);
    },
  };
}

/** What waits at the descriptor, once something does. */
async function received(fd: number, count: number, size: { messages: number; octets: number }) {
  using receiver = datagramReceiver(fd, size);
  const all: BatchedDatagram[] = [];
  const batches: number[] = [];
  while (all.length < count) {
    const readable = Promise.withResolvers<void>();
    using _poll = onReadable(fd, readable.resolve);
    await readable.promise;
    batches.push(receiver.receive((datagram) => all.push(datagram)));
  }
  return { all, batches };
}

const texts = async (peer: Socket, count: number): Promise<string[]> => {
  const all: string[] = [];
  while (all.length < count) all.push(String((await once(peer, 'message'))[0]));
  return all;
};

describe('messageSender', () => {
  it('sends what was added in order, head and body as one, in as many calls as it takes', async () => {
    using both = await pair();
    const failures: OsError[] = [];
    using sender = messageSender(both.fd, { messages: 8, octets: 100 }, (error) => failures.push(error));
    const name = inetAddress('127.0.0.1', both.peer.address().port);
    const heard = texts(both.peer, 20);
    for (let n = 0; n < 20; n++) sender.add(name, octets('n '), octets(`${n}`));
    sender.flush();
    expect(await heard).toEqual(Array.from({ length: 20 }, (_, n) => `n ${n}`));
    expect(failures).toEqual([]);
  });

  it('tells of the one that cannot be sent, and sends the others', async () => {
    using both = await pair();
    const failures: OsError[] = [];
    using sender = messageSender(both.fd, { messages: 8, octets: 100 }, (error) => failures.push(error));
    const name = inetAddress('127.0.0.1', both.peer.address().port);
    const heard = texts(both.peer, 2);
    sender.add(name, NOTHING, octets('first'));
    sender.add(inetAddress('127.0.0.1', 0), NOTHING, octets('to no port'));
    sender.add(name, NOTHING, new Uint8Array(101));
    sender.add(name, NOTHING, octets('last'));
    sender.flush();
    expect(await heard).toEqual(['first', 'last']);
    expect(failures.map(({ errno, call }) => [errno, call])).toEqual([
      ['EMSGSIZE', 'sendmmsg(101 bytes)'],
      ['EINVAL', 'sendmmsg(2 messages)'],
    ]);
  });
});

describe('datagramReceiver', () => {
  it('hands over what waits, a batch a call, each with its sender', async () => {
    using both = await pair();
    const { port } = both.peer.address();
    using sender = messageSender(both.fd, { messages: 16, octets: 100 }, () => undefined);
    // From the descriptor to itself: all of them wait when the call is made.
    const own = await ownPort(both);
    for (let n = 0; n < 10; n++) sender.add(inetAddress('127.0.0.1', own), NOTHING, octets(`${n}`));
    sender.flush();
    const { all, batches } = await received(both.fd, 10, { messages: 4, octets: 100 });
    expect(batches).toEqual([4, 4, 2]);
    expect(all.map(({ bytes }) => String(Buffer.from(bytes)))).toEqual([...'0123456789']);
    expect(all[0]).toMatchObject({ address: 0x7f000001, port: own, truncated: false });
    expect(own).not.toBe(port);
  });

  it('gives out octets that stay as they were when the next batch comes', async () => {
    using both = await pair();
    const own = await ownPort(both);
    both.peer.send('first', own);
    const first = await received(both.fd, 1, { messages: 1, octets: 100 });
    both.peer.send('other', own);
    await received(both.fd, 1, { messages: 1, octets: 100 });
    expect(String(Buffer.from(first.all[0]?.bytes ?? NOTHING))).toBe('first');
  });

  it('says of a datagram that it was cut', async () => {
    using both = await pair();
    both.peer.send('0123456789', await ownPort(both));
    const { all } = await received(both.fd, 1, { messages: 2, octets: 8 });
    expect(all).toMatchObject([{ truncated: true, bytes: octets('01234567') }]);
  });

  it('waits for nothing', async () => {
    using both = await pair();
    using receiver = datagramReceiver(both.fd, { messages: 2, octets: 8 });
    expect(receiver.receive(() => undefined)).toBe(0);
  });
});

/** The port of the descriptor, as who hears from it sees it. */
async function ownPort({ fd, peer }: Awaited<ReturnType<typeof pair>>): Promise<number> {
  using sender = messageSender(fd, { messages: 1, octets: 8 }, () => undefined);
  const heard = once(peer, 'message');
  sender.add(inetAddress('127.0.0.1', peer.address().port), NOTHING, octets('?'));
  sender.flush();
  const [, from] = await heard;
  return from.port;
}
