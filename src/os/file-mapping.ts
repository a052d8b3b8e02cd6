import { checked, errno, mmap, munmap } from './libc.ts';
import { callFailed } from './os-error.ts';

const PROT_READ = 1;
const MAP_SHARED = 1;

/** A file's octets in memory, for system calls only: whoever touches what a shortened file has no more gets SIGBUS, the kernel EFAULT. */
export interface FileMapping extends Disposable {
  /** Below 2^57, so a number holds it exactly enough: addresses of user space have at most 48 bits with mmap's default hint. */
  readonly address: number;
}

/** Good in every thread of the process. Throws OsError (ENODEV: a file system that maps nothing). A file of no octets needs none. */
export function mapFile(fd: number, octets: number): FileMapping {
  const address = mmap(null, octets, PROT_READ, MAP_SHARED, fd, 0);
  if (BigInt.asIntN(64, address) === -1n) throw callFailed(`mmap(${octets} bytes)`, errno());
  return {
    address: Number(address),
    [Symbol.dispose]: () => void checked('munmap', munmap(address, octets)),
  };
}
