import { closeSync } from 'node:fs';
import { checked, ioctlInterfaceData, socket } from './libc.ts';
import { uints } from './native.ts';

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_STXCSUM = 0x17;

/**
 * Makes the kernel finish checksums before a frame leaves through this interface of the thread's network namespace
 * (`ethtool -K NAME tx off`), which ends segmentation offload too: no frame is larger than the MTU.
 * On a veth nobody finishes them later, and whoever reads raw frames (a guest, a capture) sees wrong ones.
 * Throws OsError (ENODEV, EPERM).
 */
export function finishChecksums(interfaceName: string): void {
  const fd = checked('socket(AF_INET, SOCK_DGRAM)', socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  try {
    const off = { name: interfaceName, data: uints(ETHTOOL_STXCSUM, 0), rest: new Array<number>(16).fill(0) };
    checked(`ioctl(ETHTOOL_STXCSUM, ${interfaceName})`, ioctlInterfaceData(fd, SIOCETHTOOL, off));
  } finally {
    closeSync(fd);
  }
}
