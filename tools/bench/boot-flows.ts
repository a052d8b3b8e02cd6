import { type Ipv4Address, ipv4FromNumber, type MacAddress, macFromBytes } from '../../src/wire/address.ts';
import { seededRandom } from '../seeded-random.ts';
import { type Download, httpDownload, tftpDownload } from './downloads.ts';
import { bootStorm, type MadeFrame } from './made-captures.ts';
import type { Host } from './made-packets.ts';

export const BOOT_SERVER: Host = {
  mac: '02:be:00:00:00:01' as MacAddress,
  ip: '10.188.0.10' as Ipv4Address,
};

/** Kernels and initrds of a small installer, near enough. */
const LARGEST_FILE = 8_000_000;
/** What iPXE asks of TFTP on Ethernet. */
const BLKSIZE = 1408;
/** Downloads at once. */
const AT_ONCE = 4;
const FIRST_PORT = 49_152;

/**
 * What explain meets: the boots recorded in `captures/lab`, of other machines each time, and between their frames machines that
 * fetch kernels and initrds, by HTTP and by TFTP in turn; as many octets of the one as of the other.
 */
export async function* bootFlows(labCaptures: string): AsyncGenerator<MadeFrame> {
  const downloads = endlessDownloads();
  let ahead = 0;
  for await (const frame of bootStorm(labCaptures)) {
    yield frame;
    ahead += frame.bytes.length;
    while (ahead > 0) {
      const { value: bytes } = downloads.next();
      yield { timeNs: frame.timeNs, bytes };
      ahead -= bytes.length;
    }
  }
}

function* endlessDownloads(): Generator<Uint8Array, never> {
  const random = seededRandom(4);
  const everything = seededContent(LARGEST_FILE);
  let machines = 0;
  const begin = (): Generator<Uint8Array> => {
    const number = machines++;
    const octets = 1_000_000 + (random() % (LARGEST_FILE - 1_000_000));
    const download: Download = {
      client: machine(number),
      server: BOOT_SERVER,
      port: FIRST_PORT + (number % 8_192),
      file: `images/${number % 2 === 0 ? 'vmlinuz' : 'initrd.img'}-${number}`,
      content: everything.subarray(0, octets),
    };
    return number % 4 < 2 ? httpDownload(download) : tftpDownload(download, BLKSIZE);
  };
  const open = Array.from({ length: AT_ONCE }, begin);
  for (;;) {
    for (let i = 0; i < open.length; i++) {
      let next = (open[i] as Generator<Uint8Array>).next();
      if (next.done === true) {
        open[i] = begin();
        next = (open[i] as Generator<Uint8Array>).next();
      }
      yield next.value;
    }
  }
}

/** Octets that look like those of a compressed file. */
export function seededContent(length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  const random = seededRandom(length);
  for (let i = 0; i < words.length; i++) words[i] = random();
  return new Uint8Array(words.buffer, 0, length);
}

/** The number-th of those that are in no recorded boot. */
export function machine(number: number): Host {
  const bytes = Uint8Array.of(0x02, 0xbe, 0x9d, number >> 16, number >> 8, number);
  return { mac: macFromBytes(bytes), ip: ipv4FromNumber(0x0ac80000 + number) };
}
