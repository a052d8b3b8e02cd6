import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openDoorbell, openEpoll } from './epoll.ts';
import { mapFile } from './file-mapping.ts';
import { boundSocket } from './inet-socket.ts';
import { recv, setsockopt } from './libc.ts';
import { int } from './native.ts';
import { sliceSender } from './slice-sender.ts';
import { openPeerSocket, pathMtu } from './udp-peer.ts';

const folder = mkdtempSync(join(tmpdir(), 'pxebench-slices-'));
afterAll(() => rmSync(folder, { recursive: true }));
const content = Buffer.from(Array.from({ length: 10_000 }, (_, at) => at % 251));
const DATA = 3;
const SOL_SOCKET = 1;
const SO_NO_CHECK = 11;

/** A mapped file, a socket that is connected to another one, and what that one has got. */
function bench() {
  const undo = new DisposableStack();
  const path = join(folder, 'file');
  writeFileSync(path, content);
  const file = openSync(path, 'r');
  undo.defer(() => closeSync(file));
  const mapping = undo.use(mapFile(file, content.length));
  const receiver = boundSocket('udp', '127.0.0.1', 47_401);
  undo.defer(() => closeSync(receiver));
  const socket = openPeerSocket('127.0.0.1', [0], { address: '127.0.0.1', port: 47_401 });
  for (const fd of [socket.fd, socket.others]) undo.defer(() => closeSync(fd));
  const epoll = undo.use(openEpoll());
  epoll.add(receiver, 7);
  const sender = sliceSender(DATA);
  const put = (length: number, ...offsets: readonly number[]): void => {
    for (const [index, offset] of offsets.entries()) {
      sender.put(index, index + 1, mapping.address + offset, Math.min(length, content.length - offset));
    }
  };
  const received = (): Buffer | undefined => {
    if (epoll.wait(1000) === 0 || epoll.tokenAt(0) !== 7) return undefined;
    const room = Buffer.alloc(2048);
    return room.subarray(0, recv(receiver, room, room.length, 0));
  };
  return { undo, path, socket, sender, put, received };
}

describe('sliceSender', () => {
  it.each(['cut', 'each'])('sends slices of a mapped file behind their headers (%s)', (way) => {
    const { undo, socket, sender, put, received } = bench();
    using _ = undo;
    put(1000, 8000, 9000, 9900);
    const result = way === 'cut' ? sender.sendCut(socket.fd, 3, 1004) : sender.sendEach(socket.fd, 3);
    expect(result).toBe('sent');
    for (const [index, [from, to]] of [
      [8000, 9000],
      [9000, 10_000],
      [9900, 10_000],
    ].entries()) {
      const wanted = Buffer.concat([Buffer.from([0, DATA, 0, index + 1]), content.subarray(from, to)]);
      expect(received()?.equals(wanted)).toBe(true);
    }
  });

  it('says that a file has lost the octets, where a process would be killed for looking', () => {
    const { undo, path, socket, sender, put } = bench();
    using _ = undo;
    put(1000, 8000);
    truncateSync(path, 0);
    expect(sender.sendEach(socket.fd, 1)).toBe('unmapped');
  });

  it('says that a message cannot be cut, where it can be sent in pieces', () => {
    const { undo, socket, sender, put, received } = bench();
    using _ = undo;
    // Datagrams without checksums are never cut.
    setsockopt(socket.fd, SOL_SOCKET, SO_NO_CHECK, int(1), 4);
    put(1000, 0, 1000);
    expect(sender.sendCut(socket.fd, 2, 1004)).toBe('refused');
    expect(sender.sendEach(socket.fd, 2)).toBe('sent');
    expect([received()?.length, received()?.length]).toEqual([1004, 1004]);
  });

  it('takes as many slices at once as one message may be cut into', () => {
    const { capacity } = sliceSender(DATA);
    expect([12, 1472, 65_468].map(capacity)).toEqual([64, 44, 1]);
  });
});

describe('openPeerSocket', () => {
  it('has a port that no other transfer is given, and tries the next one', () => {
    const { undo, socket } = bench();
    using _ = undo;
    const peer = { address: '127.0.0.1', port: 9 };
    expect(() => openPeerSocket('127.0.0.1', [socket.port], peer)).toThrow('EADDRINUSE');
    const second = openPeerSocket('127.0.0.1', [socket.port, 0], peer);
    for (const fd of [second.fd, second.others]) undo.defer(() => closeSync(fd));
    expect(second.port).not.toBe(socket.port);
  });
});

describe('pathMtu', () => {
  it('is what the interface on the way carries', () => {
    expect(pathMtu('127.0.0.1', { address: '127.0.0.1', port: 9 })).toBe(65_535);
    expect(pathMtu('203.0.113.1', { address: '127.0.0.1', port: 9 })).toBeUndefined();
  });
});

describe('openDoorbell', () => {
  it('wakes who waits, until it is silenced', () => {
    using epoll = openEpoll();
    using bell = openDoorbell();
    epoll.add(bell.fd, 5);
    expect(epoll.wait(0)).toBe(0);
    bell.ring();
    bell.ring();
    expect([epoll.wait(1000), epoll.tokenAt(0), epoll.wait(0)]).toEqual([1, 5, 1]);
    bell.silence();
    bell.silence();
    expect(epoll.wait(0)).toBe(0);
    bell.ring();
    epoll.remove(bell.fd);
    expect(epoll.wait(0)).toBe(0);
  });
});
