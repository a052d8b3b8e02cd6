import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { getuid } from 'node:process';
import { describe, expect, it } from 'vitest';
import { boundSocket } from './inet-socket.ts';
import { finishChecksums } from './offload.ts';
import { openPacketRing } from './packet-ring.ts';
import { cable } from './testing/cable.ts';

describe.skipIf(getuid?.() !== 0)('boundSocket (needs root: run as root)', () => {
  it('gives Node a UDP socket of another namespace', async () => {
    using net = cable();
    const server = createSocket('udp4').bind({ fd: net.inside(() => boundSocket('udp', '127.0.0.1', 53)) });
    const client = createSocket('udp4').bind({ fd: net.inside(() => boundSocket('udp', '127.0.0.1', 0)) });
    client.send('question', 53, '127.0.0.1');
    const [message, from] = (await once(server, 'message')) as [Buffer, RemoteInfo];

    expect(message.toString()).toBe('question');
    expect(from.port).toBe(client.address().port);
    server.close();
    client.close();
  });

  it('gives Node a listening TCP socket of another namespace', async () => {
    using net = cable();
    const server = createServer().listen({ fd: net.inside(() => boundSocket('tcp', '127.0.0.1', 53)) });
    await once(server, 'listening');

    expect(server.address()).toMatchObject({ address: '127.0.0.1', port: 53 });
    server.close();
  });

  it('says that a port is taken', () => {
    using net = cable();
    net.inside(() => boundSocket('udp', '10.9.9.1', 67));

    expect(() => net.inside(() => boundSocket('udp', '10.9.9.1', 67))).toThrow(
      expect.objectContaining({ code: 'OS_CALL_FAILED', errno: 'EADDRINUSE', call: 'bind(udp 10.9.9.1:67)' }),
    );
  });

  it('wants a dotted quad', () => {
    expect(() => boundSocket('udp', 'pxe.example.com', 67)).toThrow(
      expect.objectContaining({ code: 'OS_BAD_ARGUMENT' }),
    );
  });
});

describe.skipIf(getuid?.() !== 0)('finishChecksums (needs root: run as root)', () => {
  it('makes the kernel finish what it would leave to the next device', async () => {
    using net = cable();
    using ring = net.inside(() => openPacketRing({ slots: 64 }));
    const udp = createSocket('udp4').bind({ fd: net.inside(() => boundSocket('udp', '10.9.9.1', 7)) });
    const unfinished: boolean[] = [];
    const sent = async (): Promise<void> => {
      const readable = new Promise<void>((resolve) => ring.onReadable(resolve));
      udp.send('x', 9, '10.9.9.2');
      await readable;
      ring.drain((frame) => unfinished.push(frame.checksumUnfinished));
    };
    await sent();
    net.inside(() => finishChecksums('left'));
    await sent();

    expect(unfinished).toEqual([true, false]);
    udp.close();
  });

  it('names an interface that is not there', () => {
    using net = cable();
    expect(() => net.inside(() => finishChecksums('eth7'))).toThrow(
      expect.objectContaining({ call: 'ioctl(ETHTOOL_STXCSUM, eth7)', errno: 'ENODEV' }),
    );
  });
});
