/**
 * Many datagrams with one system call, each a short header and a slice of memory somewhere else (a mapped file), which is not
 * copied before the kernel does: sendmsg(2) with UDP_SEGMENT (udp(7): one message that the kernel, or the card, cuts into
 * datagrams), or sendmmsg(2).
 *
 *   struct mmsghdr | name:8 namelen:4 _:4 iov:8 iovlen:8 control:8 controllen:8 flags:4 _:4 | len:4 _:4 |
 *   struct iovec   | base:8 len:8 | base:8 len:8 |         header, slice
 *   control        | len:8 level:4 type:4 | segment:2 _:6 |
 *
 * Not handled: machines whose pointers have four octets (sliceSender throws).
 */
import koffi from 'koffi';
import { addressOf, errno, sendMessage, sendMessages } from './libc.ts';
import { LITTLE_ENDIAN } from './native.ts';
import { OsError } from './os-error.ts';

const HEADER = 64;
const VECTOR_AT = 16;
const VECTOR_COUNT_AT = 24;
const CONTROL_AT = 32;
const CONTROL_LENGTH_AT = 40;
const VECTORS = 32;
const CONTROL = 24;
const SEGMENT_AT = 16;
const SOL_UDP = 17;
const UDP_SEGMENT = 103;
const MSG_DONTWAIT = 0x40;

/** UDP_MAX_SEGMENTS of Linux before 6.11. */
const MAX_SEGMENTS = 64;
/** What one IPv4 datagram can hold, before it is cut. */
const MAX_OCTETS = 65_507;
const HIGH = 0x1_0000_0000;

/** `sent`; `refused`: not in this way, try sendEach; `unmapped`: the memory is no more (EFAULT); `lost`: as if the network had. */
export type SendResult = 'sent' | 'refused' | 'unmapped' | 'lost';

export interface SliceSender {
  /** How many slices a call takes, of that length with their headers. */
  readonly capacity: (octets: number) => number;
  /** Lays out slice `index` of the next call: its header's last 16 bits (network order), where it is, how long. */
  readonly put: (index: number, number: number, address: number, length: number) => void;
  /** The first `count` slices as one message, cut into datagrams of `segment` octets: all but the last are that long. */
  readonly sendCut: (fd: number, count: number, segment: number) => SendResult;
  /** The first `count` slices, each as its own message. */
  readonly sendEach: (fd: number, count: number) => SendResult;
}

/** For connected sockets. Headers are the four octets `opcode` and `number`, both 16 bits. */
export function sliceSender(opcode: number): SliceSender {
  if (koffi.sizeof('void *') !== 8) {
    throw new OsError('OS_BAD_ARGUMENT', 'sendmsg', 'wanted pointers of eight octets');
  }
  const headers = MAX_SEGMENTS * HEADER;
  const vectors = headers + MAX_SEGMENTS * VECTORS;
  const cut = vectors + MAX_SEGMENTS * 4;
  const control = cut + HEADER;
  const memory = new ArrayBuffer(control + CONTROL);
  const base = addressOf(memory);
  const view = new DataView(memory);
  const words = new Uint32Array(memory);
  const bytes = new Uint8Array(memory);
  const pointer = (at: number, to: number): void =>
    view.setBigUint64(at, BigInt.asUintN(64, base) + BigInt(to), LITTLE_ENDIAN);
  const size = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), LITTLE_ENDIAN);

  for (let index = 0; index < MAX_SEGMENTS; index++) {
    const vector = headers + index * VECTORS;
    const head = vectors + index * 4;
    view.setUint16(head, opcode);
    pointer(index * HEADER + VECTOR_AT, vector);
    size(index * HEADER + VECTOR_COUNT_AT, 2);
    pointer(vector, head);
    size(vector + 8, 4);
  }
  pointer(cut + VECTOR_AT, headers);
  pointer(cut + CONTROL_AT, control);
  size(cut + CONTROL_LENGTH_AT, CONTROL);
  size(control, SEGMENT_AT + 2);
  view.setUint32(control + 8, SOL_UDP, LITTLE_ENDIAN);
  view.setUint32(control + 12, UDP_SEGMENT, LITTLE_ENDIAN);
  const cutAddress = base + BigInt(cut);
  const [low, high] = LITTLE_ENDIAN ? [0, 1] : [1, 0];

  return {
    capacity: (octets) => Math.max(1, Math.min(MAX_SEGMENTS, Math.floor(MAX_OCTETS / octets))),
    put: (index, number, address, length) => {
      const head = vectors + index * 4;
      bytes[head + 2] = number >> 8;
      bytes[head + 3] = number;
      const at = (headers + index * VECTORS + 16) >> 2;
      words[at + low] = address % HIGH;
      words[at + high] = address / HIGH;
      words[at + 2 + low] = length;
      words[at + 2 + high] = 0;
    },
    sendCut: (fd, count, segment) => {
      view.setUint16(control + SEGMENT_AT, segment, LITTLE_ENDIAN);
      words[((cut + VECTOR_COUNT_AT) >> 2) + low] = 2 * count;
      return sendMessage(fd, cutAddress, MSG_DONTWAIT) >= 0 ? 'sent' : failure();
    },
    sendEach: (fd, count) => {
      if (count === 1) return sendMessage(fd, base, MSG_DONTWAIT) >= 0 ? 'sent' : failure();
      for (let at = 0; at < count; ) {
        const sent = sendMessages(fd, base + BigInt(at * HEADER), count - at, MSG_DONTWAIT);
        if (sent < 0) return failure();
        at += sent;
      }
      return 'sent';
    },
  };
}

const EINVAL = 22;
const EFAULT = 14;
const EIO = 5;
const EMSGSIZE = 90;
const ENOPROTOOPT = 92;
const EOPNOTSUPP = 95;
/** What kernels and devices say that cannot cut: no checksum offload, a segment larger than the MTU, no such option. */
const REFUSALS: ReadonlySet<number> = new Set([EINVAL, EIO, EMSGSIZE, ENOPROTOOPT, EOPNOTSUPP]);
function failure(): SendResult {
  const number = errno();
  if (number === EFAULT) return 'unmapped';
  if (REFUSALS.has(number)) return 'refused';
  // A full queue, no route, an address or interface that went away, a peer that said by ICMP that nobody listens.
  return 'lost';
}
