/**
 * Connected UDP sockets: the kernel takes only what comes from the peer, and finds the route once. ip(7), udp(7).
 * What others send to the same port comes to a second socket, if there is one.
 */
import { closeSync } from 'node:fs';
import { inetAddress } from './inet-socket.ts';
import { bind, checked, connect, errno, getsockname, getsockopt, setsockopt, socket } from './libc.ts';
import { int, LITTLE_ENDIAN } from './native.ts';
import { callFailed } from './os-error.ts';

const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEPORT = 15;
const SO_RCVTIMEO = 20;
const IPPROTO_IP = 0;
const IP_MTU = 14;
const EADDRINUSE = 98;

const RECEIVE_WAIT_MS = 4;
/** struct timeval. */
const RECEIVE_WAIT = new Uint8Array(BigInt64Array.of(0n, BigInt(1000 * RECEIVE_WAIT_MS)).buffer);

export type UdpPeer = { readonly address: string; readonly port: number };

export type PeerSocket = {
  readonly port: number;
  /** Connected to the peer. */
  readonly fd: number;
  /** Hears everybody else who sends to this port. */
  readonly others: number;
};

/**
 * Both are the caller's to close. `ports`: which to try, in that order; 0 is the kernel's choice. A recv() on `fd` without
 * MSG_DONTWAIT waits for RECEIVE_WAIT_MS. Throws OsError.
 */
export function openPeerSocket(address: string, ports: readonly number[], peer: UdpPeer): PeerSocket {
  using undo = new DisposableStack();
  const fd = udpSocket(undo);
  // Without SO_REUSEPORT, so that no port is given twice; with it from then on, for the second socket.
  const port = bindToOne(fd, address, ports);
  const others = udpSocket(undo);
  for (const one of [fd, others]) {
    checked('setsockopt(SO_REUSEPORT)', setsockopt(one, SOL_SOCKET, SO_REUSEPORT, int(1), 4));
  }
  checked('setsockopt(SO_RCVTIMEO)', setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, RECEIVE_WAIT, 16));
  const to = inetAddress(peer.address, peer.port);
  checked(`connect(${peer.address}:${peer.port})`, connect(fd, to, to.length));
  const own = inetAddress(address, port);
  checked(`bind(udp ${address}:${port})`, bind(others, own, own.length));
  undo.move();
  return { port, fd, others };
}

/** What a packet to that address may have at most, as far as the kernel knows: of the interface, or of a path it has learned of. */
export function pathMtu(from: string, peer: UdpPeer): number | undefined {
  using undo = new DisposableStack();
  const fd = udpSocket(undo);
  const own = inetAddress(from, 0);
  const to = inetAddress(peer.address, peer.port);
  if (bind(fd, own, own.length) < 0 || connect(fd, to, to.length) < 0) return undefined;
  const value = new Uint8Array(4);
  if (getsockopt(fd, IPPROTO_IP, IP_MTU, value, int(4)) < 0) return undefined;
  return new DataView(value.buffer).getInt32(0, LITTLE_ENDIAN);
}

function udpSocket(undo: DisposableStack): number {
  const fd = checked('socket(AF_INET, udp)', socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0));
  undo.defer(() => closeSync(fd));
  return fd;
}

function bindToOne(fd: number, address: string, ports: readonly number[]): number {
  for (const [at, port] of ports.entries()) {
    const own = inetAddress(address, port);
    if (bind(fd, own, own.length) === 0) {
      const bound = new Uint8Array(16);
      checked('getsockname', getsockname(fd, bound, int(16)));
      return new DataView(bound.buffer).getUint16(2);
    }
    const number = errno();
    if (number !== EADDRINUSE || at === ports.length - 1) {
      throw callFailed(`bind(udp ${address}:${port})`, number);
    }
  }
  throw callFailed(`bind(udp ${address}: no port)`, EADDRINUSE);
}
