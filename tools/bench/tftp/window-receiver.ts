import { addressOf, recvMessages } from '../../../src/os/libc.ts';
import { LITTLE_ENDIAN } from '../../../src/os/native.ts';

const HEADER = 64;
const VECTOR = 16;
const LENGTH_AT = 56;
const MSG_WAITFORONE = 0x10000;

/** Datagrams of a connected socket, many with one call (recvmmsg), in memory that is used again: no name, no copy. */
export type WindowReceiver = {
  readonly room: Uint8Array;
  /** Waits as the socket does. Less than 1: nothing came. */
  readonly receive: (fd: number, most: number, flags: number) => number;
  readonly startOf: (index: number) => number;
  readonly lengthOf: (index: number) => number;
};

export function windowReceiver(messages: number, octets: number): WindowReceiver {
  const vectors = messages * HEADER;
  const rooms = vectors + messages * VECTOR;
  const memory = new ArrayBuffer(rooms + messages * octets);
  const base = addressOf(memory);
  const view = new DataView(memory);
  const size = (at: number, value: bigint): void => view.setBigUint64(at, value, LITTLE_ENDIAN);
  for (let index = 0; index < messages; index++) {
    const vector = vectors + index * VECTOR;
    size(index * HEADER + 16, base + BigInt(vector));
    size(index * HEADER + 24, 1n);
    size(vector, base + BigInt(rooms + index * octets));
    size(vector + 8, BigInt(octets));
  }
  return {
    room: new Uint8Array(memory),
    receive: (fd, most, flags) =>
      recvMessages(fd, base, Math.min(most, messages), flags | MSG_WAITFORONE, null),
    startOf: (index) => rooms + index * octets,
    lengthOf: (index) => view.getUint32(index * HEADER + LENGTH_AT, LITTLE_ENDIAN),
  };
}
