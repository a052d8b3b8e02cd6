import { checked, getsockopt, setsockopt } from './libc.ts';
import { int, uints } from './native.ts';

const IPPROTO_TCP = 6;
const TCP_MAXSEG = 2;
const TCP_CORK = 3;

/** Of a connection, or of those that a listening socket will accept: TCP_MAXSEG in tcp(7). Throws OsError. */
export function setMaxSegment(fd: number, octets: number): void {
  const call = `setsockopt(TCP_MAXSEG, ${octets})`;
  checked(call, setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, int(octets), 4));
}

/** Octets of the largest segment that a connection sends. Throws OsError. */
export function maxSegmentOf(fd: number): number {
  const value = new Uint32Array(1);
  const octets = new Uint8Array(value.buffer);
  checked('getsockopt(TCP_MAXSEG)', getsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, octets, uints(4)));
  return value[0] ?? 0;
}

/** While it is on, only full segments leave, and after 200 ms whatever is there: TCP_CORK in tcp(7). Throws OsError. */
export function setCork(fd: number, on: boolean): void {
  checked('setsockopt(TCP_CORK)', setsockopt(fd, IPPROTO_TCP, TCP_CORK, int(on ? 1 : 0), 4));
}
