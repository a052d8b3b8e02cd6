/**
 * Many datagrams with one system call: recvmmsg(2), sendmmsg(2). The memory that the kernel reads and writes is mapped once
 * and laid out here: headers, vectors, names, then room for the octets.
 *
 *   struct mmsghdr | name:8 namelen:4 _:4 iov:8 iovlen:8 control:8 controllen:8 flags:4 _:4 | len:4 _:4 |
 *   struct iovec   | base:8 len:8 |
 *
 * Not handled: machines whose pointers have four octets.
 */
import { errno, memoryAt, mmap, munmap, recvMessages, sendMessages } from './libc.ts';
import { LITTLE_ENDIAN } from './native.ts';
import { callFailed, type OsError } from './os-error.ts';

const HEADER = 64;
const NAME_LENGTH_AT = 8;
const VECTOR_AT = 16;
const VECTOR_COUNT_AT = 24;
const FLAGS_AT = 48;
const LENGTH_AT = 56;
const VECTOR = 16;
/** Where the low half of a size_t stands. */
const LOW_HALF = LITTLE_ENDIAN ? 0 : 4;
/** sockaddr_in has 16 octets, sockaddr_ll 20. */
const NAME = 32;

const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const ENOMEM = 12;
const EINTR = 4;
const EAGAIN = 11;
const EMSGSIZE = 90;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

export type BatchSize = {
  /** Datagrams a call. */
  readonly messages: number;
  /** Octets a datagram. */
  readonly octets: number;
};

type Block = {
  readonly address: bigint;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly nameAt: (index: number) => number;
  readonly roomAt: (index: number) => number;
  readonly unmap: () => void;
};

function mapBlock({ messages, octets }: BatchSize): Block {
  const vectors = messages * HEADER;
  const names = vectors + messages * VECTOR;
  const rooms = names + messages * NAME;
  const length = rooms + messages * octets;
  const address = mmap(null, length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
  if (BigInt.asIntN(64, address) === -1n) throw callFailed(`mmap(${length} bytes)`, ENOMEM);
  const memory = memoryAt(address, length);
  const view = new DataView(memory);
  const pointer = (at: number, to: number): void =>
    view.setBigUint64(at, BigInt.asUintN(64, address) + BigInt(to), LITTLE_ENDIAN);
  for (let index = 0; index < messages; index++) {
    const vector = vectors + index * VECTOR;
    pointer(index * HEADER, names + index * NAME);
    view.setUint32(index * HEADER + NAME_LENGTH_AT, NAME, LITTLE_ENDIAN);
    pointer(index * HEADER + VECTOR_AT, vector);
    view.setBigUint64(index * HEADER + VECTOR_COUNT_AT, 1n, LITTLE_ENDIAN);
    pointer(vector, rooms + index * octets);
    view.setBigUint64(vector + 8, BigInt(octets), LITTLE_ENDIAN);
  }
  return {
    address,
    view,
    bytes: new Uint8Array(memory),
    nameAt: (index) => names + index * NAME,
    roomAt: (index) => rooms + index * octets,
    unmap: () => void munmap(address, length),
  };
}

export type BatchedDatagram = {
  /** A copy. */
  readonly bytes: Uint8Array;
  /** The sender's IPv4 address in network order, as a number, and its port. */
  readonly address: number;
  readonly port: number;
  /** The datagram had more octets than there was room for. */
  readonly truncated: boolean;
};

export interface DatagramReceiver extends Disposable {
  /** Hands over what waits, at most one batch, without waiting; says how many there were. Throws OsError. */
  readonly receive: (each: (datagram: BatchedDatagram) => void) => number;
}

/** For an IPv4 UDP socket, which stays the caller's. */
export function datagramReceiver(fd: number, size: BatchSize): DatagramReceiver {
  const { address, view, bytes, nameAt, roomAt, unmap } = mapBlock(size);
  let open = true;
  return {
    receive: (each) => {
      if (!open) return 0;
      const count = recvMessages(fd, address, size.messages, MSG_DONTWAIT, null);
      if (count < 0) {
        const number = errno();
        if (number === EAGAIN || number === EINTR) return 0;
        throw callFailed('recvmmsg', number);
      }
      // One copy for all of them, so that nobody who keeps a message finds another one in its place.
      let octets = 0;
      for (let index = 0; index < count; index++) {
        octets += view.getUint32(index * HEADER + LENGTH_AT, LITTLE_ENDIAN);
      }
      const copies = new Uint8Array(octets);
      let at = 0;
      for (let index = 0; index < count; index++) {
        const header = index * HEADER;
        const length = view.getUint32(header + LENGTH_AT, LITTLE_ENDIAN);
        copies.set(bytes.subarray(roomAt(index), roomAt(index) + length), at);
        const name = nameAt(index);
        const truncated = (view.getUint32(header + FLAGS_AT, LITTLE_ENDIAN) & MSG_TRUNC) !== 0;
        // The kernel left the length of the name it wrote.
        view.setUint32(header + NAME_LENGTH_AT, NAME, LITTLE_ENDIAN);
        each({
          bytes: copies.subarray(at, at + length),
          port: view.getUint16(name + 2),
          address: view.getUint32(name + 4),
          truncated,
        });
        at += length;
      }
      return count;
    },
    [Symbol.dispose]: () => {
      if (open) unmap();
      open = false;
    },
  };
}

export interface MessageSender extends Disposable {
  /**
   * Puts a message into the batch, which goes out when it is full or flushed. `name` is a struct sockaddr; the message is
   * `head` and `body` one after the other. One that does not fit is a failure of its own.
   */
  readonly add: (name: Uint8Array, head: Uint8Array, body: Uint8Array) => void;
  /** Sends what was added, without waiting. */
  readonly flush: () => void;
}

/**
 * For any datagram socket, which stays the caller's. What cannot be sent is as if the network had lost it: `onFailure` hears
 * of it, and the others go out.
 */
export function messageSender(
  fd: number,
  size: BatchSize,
  onFailure: (error: OsError) => void,
): MessageSender {
  const { address, view, bytes, nameAt, roomAt, unmap } = mapBlock(size);
  const vectors = size.messages * HEADER;
  let open = true;
  let waiting = 0;

  const flush = (): void => {
    let at = 0;
    while (at < waiting) {
      const sent = sendMessages(fd, address + BigInt(at * HEADER), waiting - at, MSG_DONTWAIT);
      if (sent >= 0) {
        at += sent;
        continue;
      }
      const number = errno();
      if (number === EINTR) continue;
      // The call fails only where the first of them does.
      onFailure(callFailed(`sendmmsg(${waiting - at} messages)`, number));
      // A full queue takes none of the rest either.
      at = number === EAGAIN ? waiting : at + 1;
    }
    waiting = 0;
  };

  return {
    add: (name, head, body) => {
      if (!open) return;
      const length = head.length + body.length;
      if (length > size.octets) {
        onFailure(callFailed(`sendmmsg(${length} bytes)`, EMSGSIZE));
        return;
      }
      const index = waiting++;
      const room = roomAt(index);
      bytes.set(name, nameAt(index));
      bytes.set(head, room);
      bytes.set(body, room + head.length);
      view.setUint32(index * HEADER + NAME_LENGTH_AT, name.length, LITTLE_ENDIAN);
      view.setUint32(vectors + index * VECTOR + 8 + LOW_HALF, length, LITTLE_ENDIAN);
      if (waiting === size.messages) flush();
    },
    flush,
    [Symbol.dispose]: () => {
      if (!open) return;
      flush();
      open = false;
      unmap();
    },
  };
}
