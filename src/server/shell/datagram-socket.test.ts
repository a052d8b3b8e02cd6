import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { boundSocket } from '../../os/inet-socket.ts';
import { type DatagramDeps, datagramSocket } from './datagram-socket.ts';

/** A server that answers each datagram with itself, by way of `deps`, and a client. */
async function echo(deps: Partial<DatagramDeps> = {}) {
  const said: string[] = [];
  const socket = datagramSocket(boundSocket('udp', '127.0.0.1', 0), {
    onDatagram: (bytes, from) => {
      said.push(`datagram ${Buffer.from(bytes)}`);
      socket.send(bytes, from.port, from.address);
    },
    onBatchEnd: () => {
      said.push('batch ends');
      socket.flush();
    },
    onFailure: (because) => said.push(because),
    ...deps,
  });
  const client = createSocket('udp4').bind(0, '127.0.0.1');
  await once(client, 'listening');
  // Its port is known from what it sends.
  const greeting = once(client, 'message');
  socket.send(new Uint8Array(1), client.address().port, '127.0.0.1');
  socket.flush();
  const [, { port }] = await greeting;
  return {
    ...{ socket, client, port: port as number, said },
    [Symbol.asyncDispose]: async () => {
      client.close();
      await socket[Symbol.asyncDispose]();
    },
  };
}

describe('datagramSocket', () => {
  it('hands over datagrams and says when a batch of them ends', async () => {
    await using both = await echo();
    both.client.send('hello', both.port);
    const [answer] = await once(both.client, 'message');
    expect(String(answer)).toBe('hello');
    expect(both.said).toEqual(['datagram hello', 'batch ends']);
  });

  it('reads nothing while it pauses, and then what has waited', async () => {
    await using both = await echo();
    both.socket.pause();
    both.client.send('waits', both.port);
    await setImmediate();
    await setImmediate();
    expect(both.said).toEqual([]);
    const answered = once(both.client, 'message');
    both.socket.resume();
    expect(String((await answered)[0])).toBe('waits');
  });

  it('does not read a datagram that is larger than any DHCP message, and goes on', async () => {
    await using both = await echo();
    both.client.send(Buffer.alloc(5000), both.port);
    both.client.send('next', both.port);
    await once(both.client, 'message');
    expect(both.said).toContain('a datagram of more than 4096 octets was not read');
    expect(both.said.at(-1)).toBe('batch ends');
  });

  it('takes no port 0 of a forged datagram for an error, and sends nothing once it is closed', async () => {
    await using both = await echo();
    both.socket.send(new Uint8Array(1), 0, '127.0.0.1');
    both.socket.flush();
    await both.socket[Symbol.asyncDispose]();
    both.socket.send(new Uint8Array(1), 9, '127.0.0.1');
    both.socket.flush();
    expect(both.said).toEqual([]);
  });
});
