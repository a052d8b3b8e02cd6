/**
 * The C library's calls that Node has no door to, through koffi. Thin on purpose: every binding is the call as
 * its manual page has it, and `checked()` turns -1 into an OsError. Meaning is given in the files beside this one.
 *
 * Pointers are `void *`: a Buffer (its memory is used as it is, no copy) or an address as koffi gives it (bigint).
 */
import koffi from 'koffi';
import { callFailed } from './os-error.ts';

// null: what the process already has loaded. Node is linked to its C library, glibc or musl.
const libc = koffi.load(null);

type Memory = Uint8Array | bigint | null;

export const socket: (domain: number, type: number, protocol: number) => number = libc.func(
  'int socket(int domain, int type, int protocol)',
);
export const bind: (fd: number, address: Uint8Array, length: number) => number = libc.func(
  'int bind(int fd, const void *address, uint32_t length)',
);
export const listen: (fd: number, backlog: number) => number = libc.func('int listen(int fd, int backlog)');
export const sendTo: (
  fd: number,
  bytes: Uint8Array,
  length: number,
  flags: number,
  address: Memory,
  addressLength: number,
) => number = libc.func(
  'long sendto(int fd, const void *bytes, size_t length, int flags, const void *address, uint32_t addressLength)',
);
export const recv: (fd: number, bytes: Uint8Array, length: number, flags: number) => number = libc.func(
  'long recv(int fd, void *bytes, size_t length, int flags)',
);
/** `headers`: struct mmsghdr, one after the other; no control block, no deadline. */
export const recvMessages: (
  fd: number,
  headers: bigint,
  count: number,
  flags: number,
  noDeadline: null,
) => number = libc.func(
  'int recvmmsg(int fd, void *headers, unsigned int count, int flags, void *noDeadline)',
);
export const sendMessages: (fd: number, headers: bigint, count: number, flags: number) => number = libc.func(
  'int sendmmsg(int fd, void *headers, unsigned int count, int flags)',
);
/** An advisory lock on the open file, gone with its last descriptor. */
export const flock: (fd: number, operation: number) => number = libc.func('int flock(int fd, int operation)');
export const dup: (fd: number) => number = libc.func('int dup(int fd)');
type SendFile = (to: number, from: number, offset: BigInt64Array, count: number) => number;
/** `offset` is in and out. `.async` runs it on libuv's pool; errno() holds inside `done`. */
export const sendfile: SendFile & {
  readonly async: (
    ...args: [...Parameters<SendFile>, done: (error: Error | null, result: number) => void]
  ) => void;
} = libc.func('long sendfile(int to, int from, void *offset, size_t count)');
export const setsockopt: (
  fd: number,
  level: number,
  option: number,
  value: Uint8Array,
  length: number,
) => number = libc.func('int setsockopt(int fd, int level, int option, const void *value, uint32_t length)');
/** `length` is in and out: 4 octets holding the room in `value`, afterwards what was used. */
export const getsockopt: (
  fd: number,
  level: number,
  option: number,
  value: Uint8Array,
  length: Uint8Array,
) => number = libc.func('int getsockopt(int fd, int level, int option, void *value, void *length)');
export const setns: (fd: number, kind: number) => number = libc.func('int setns(int fd, int kind)');
export const unshare: (kinds: number) => number = libc.func('int unshare(int kinds)');
export const mmap: (
  address: null,
  length: number,
  protection: number,
  flags: number,
  fd: number,
  offset: number,
) => bigint = libc.func(
  'void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)',
);
export const munmap: (address: bigint, length: number) => number = libc.func(
  'int munmap(void *address, size_t length)',
);
export const ifNameToIndex: (name: string) => number = libc.func('uint32_t if_nametoindex(const char *name)');
/** `name` has room for IFNAMSIZ octets. null: no such interface. */
export const ifIndexToName: (index: number, name: Uint8Array) => bigint | null = libc.func(
  'void *if_indextoname(uint32_t index, void *name)',
);

const ETHTOOL_REQUEST = koffi.struct({
  name: koffi.array('char', 16),
  data: 'void *',
  // struct ifreq is 40 octets where pointers have 8: the kernel copies all of it.
  rest: koffi.array('uint8_t', 16),
});
/** ioctl() with the form of struct ifreq that points to data (SIOCETHTOOL). */
export const ioctlInterfaceData: (
  fd: number,
  request: number,
  argument: { readonly name: string; readonly data: Uint8Array; readonly rest: readonly number[] },
) => number = libc.func('ioctl', 'int', ['int', 'unsigned long', koffi.pointer(ETHTOOL_REQUEST)]);

const SOCK_FPROG = koffi.struct({ len: 'uint16_t', filter: 'void *' });
export const SOCK_FPROG_SIZE = koffi.sizeof(SOCK_FPROG);
/** setsockopt() for SO_ATTACH_FILTER, whose value points to the program. */
export const setFilter: (
  fd: number,
  level: number,
  option: number,
  program: { readonly len: number; readonly filter: Uint8Array },
  length: number,
) => number = libc.func('setsockopt', 'int', ['int', 'int', 'int', koffi.pointer(SOCK_FPROG), 'uint32_t']);

/** What the thread's last failed call left in errno. Ask at once: Node's own calls change it too. */
export const errno = (): number => koffi.errno();

/** The result of a call that says -1 when it failed. `call` names it in the error. */
export function checked(call: string, result: number): number {
  if (result < 0) throw callFailed(call, errno());
  return result;
}

/** Foreign memory as an ArrayBuffer, without a copy. Dead once unmapped: never keep it longer than the mapping. */
export const memoryAt = (address: bigint, length: number): ArrayBuffer => koffi.view(address, length);

/** The address of memory that Node owns. It must be off V8's heap (an ArrayBuffer of its own), and be kept alive by the caller. */
export const addressOf = (memory: ArrayBuffer): bigint => koffi.address(new Uint8Array(memory));

export const connect: (fd: number, address: Uint8Array, length: number) => number = libc.func(
  'int connect(int fd, const void *address, uint32_t length)',
);
/** `length` is in and out, as getsockopt's. */
export const getsockname: (fd: number, address: Uint8Array, length: Uint8Array) => number = libc.func(
  'int getsockname(int fd, void *address, void *length)',
);
/** `bytes`: recv() into memory at an address. */
export const recvInto: (fd: number, bytes: bigint, length: number, flags: number) => number = libc.func(
  'recv',
  'long',
  ['int', 'void *', 'size_t', 'int'],
);
export const recvFrom: (
  fd: number,
  bytes: bigint,
  length: number,
  flags: number,
  address: bigint,
  addressLength: bigint,
) => number = libc.func(
  'long recvfrom(int fd, void *bytes, size_t length, int flags, void *address, void *addressLength)',
);
export const sendMessage: (fd: number, header: bigint, flags: number) => number = libc.func(
  'long sendmsg(int fd, const void *header, int flags)',
);
export const epollCreate: (flags: number) => number = libc.func('int epoll_create1(int flags)');
export const epollControl: (epoll: number, operation: number, fd: number, event: Memory) => number =
  libc.func('int epoll_ctl(int epoll, int operation, int fd, void *event)');
export const epollWait: (epoll: number, events: bigint, count: number, timeoutMs: number) => number =
  libc.func('int epoll_wait(int epoll, void *events, int count, int timeoutMs)');
export const eventFd: (initial: number, flags: number) => number = libc.func(
  'int eventfd(unsigned int initial, int flags)',
);
