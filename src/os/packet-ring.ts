/**
 * Every frame that comes in through any interface of a network namespace, with the kernel's timestamp, through a ring
 * of slots that kernel and process share (PACKET_RX_RING, TPACKET_V2): no system call for each frame.
 * packet(7), Documentation/networking/packet_mmap.rst, linux/if_packet.h.
 *
 *   slot  | tpacket2_hdr: status len snaplen:u32 mac net:u16 sec nsec:u32 vlan_tci vlan_tpid:u16 | sockaddr_ll at 32 | frame at `mac`
 *
 * TPACKET_V3 packs frames tighter, but hands them over in blocks, when a block is full or a timer ends: with V2 a
 * frame is there the moment it came, and "nothing is left" is known without waiting.
 */
import { closeSync } from 'node:fs';
import { checked, getsockopt, memoryAt, mmap, munmap, setsockopt } from './libc.ts';
import { int, uints } from './native.ts';
import { callFailed } from './os-error.ts';
import { bindPacketSocket, SOL_PACKET, unboundPacketSocket } from './packet-socket.ts';
import { onReadable } from './readable.ts';
import { attachFilter, exceptInterfaces } from './socket-filter.ts';

const PACKET_RX_RING = 5;
const PACKET_STATISTICS = 6;
const PACKET_VERSION = 10;
const TPACKET_V2 = 1;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;

const STATUS_KERNEL = 0;
const STATUS_USER = 1 << 0;
const STATUS_CSUM_NOT_READY = 1 << 3;
const STATUS_VLAN_VALID = 1 << 4;
const STATUS_VLAN_TPID_VALID = 1 << 6;
const VLAN_TPID = 0x8100;

/** Holds a frame of 1,514 octets and a VLAN tag behind the 66 octets of header. */
const SLOT = 2048;
const BLOCK = 128 * 1024;
/** Two addresses: what stands before an 802.1Q tag. */
const BEFORE_TAG = 12;

export type CapturedFrame = {
  /** Nanoseconds since 1970-01-01 UTC, when the kernel took it from the interface. */
  readonly timeNs: bigint;
  readonly interfaceIndex: number;
  /** A view of the ring: gone when the callback returns. */
  readonly bytes: Uint8Array;
  /** Larger than bytes.length where the slot was too small. */
  readonly originalLength: number;
  /** Checksum offload: the sender left the UDP or TCP checksum to hardware that does not exist. */
  readonly checksumUnfinished: boolean;
};

export type RingStatistics = { readonly received: number; readonly dropped: number };

export interface PacketRing extends Disposable {
  /** Hands over what waits, at most `limit` frames, and says how many there were. */
  readonly drain: (each: (frame: CapturedFrame) => void, limit?: number) => number;
  /** Since the ring was opened: frames that came, and frames that found no free slot. */
  readonly statistics: () => RingStatistics;
  /** Calls `ready` while something waits: the last one given, none after undefined. */
  readonly onReadable: (ready: (() => void) | undefined) => void;
  /** From here on, frames of these interfaces are left out (the loopback, a bridge whose ports are seen anyway). */
  readonly leaveOut: (interfaceIndexes: readonly number[]) => void;
}

export type RingOptions = {
  /** Slots of 2 KiB, one a frame; rounded up to whole blocks of 64. The pages are the kernel's: not swapped. */
  readonly slots: number;
};

/**
 * Opens a ring over all interfaces of the thread's network namespace, those to come included. What leaves through an
 * interface is not seen. Throws OsError (EPERM without CAP_NET_RAW, ENOMEM).
 */
export function openPacketRing(options: RingOptions): PacketRing {
  const fd = unboundPacketSocket();
  try {
    return ringOn(fd, options);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function ringOn(fd: number, options: RingOptions): PacketRing {
  const blocks = Math.ceil((options.slots * SLOT) / BLOCK);
  const slots = (blocks * BLOCK) / SLOT;
  const size = blocks * BLOCK;

  checked(
    'setsockopt(PACKET_VERSION, TPACKET_V2)',
    setsockopt(fd, SOL_PACKET, PACKET_VERSION, int(TPACKET_V2), 4),
  );
  const request = uints(BLOCK, blocks, SLOT, slots);
  checked('setsockopt(PACKET_RX_RING)', setsockopt(fd, SOL_PACKET, PACKET_RX_RING, request, request.length));
  const address = mmap(null, size, PROT_READ_WRITE, MAP_SHARED, fd, 0);
  if (BigInt.asIntN(64, address) === -1n) throw callFailed(`mmap(${size} bytes)`, 12);
  const memory = memoryAt(address, size);
  const words = new Uint32Array(memory);
  const halves = new Uint16Array(memory);
  bindPacketSocket(fd, undefined);

  let next = 0;
  let open = true;
  let received = 0;
  let dropped = 0;
  let poll: Disposable | undefined;

  const frameAt = (slot: number, status: number): CapturedFrame => {
    const word = (slot * SLOT) / 4;
    const half = (slot * SLOT) / 2;
    const length = words[word + 1] ?? 0;
    const snapLength = words[word + 2] ?? 0;
    const start = slot * SLOT + (halves[half + 6] ?? 0);
    const bytes = new Uint8Array(memory, start, snapLength);
    const tagged = (status & STATUS_VLAN_VALID) !== 0;
    const tpid = (status & STATUS_VLAN_TPID_VALID) !== 0 ? (halves[half + 13] ?? VLAN_TPID) : VLAN_TPID;
    return {
      timeNs: BigInt(words[word + 4] ?? 0) * 1_000_000_000n + BigInt(words[word + 5] ?? 0),
      // sockaddr_ll at 32: family and protocol, 2 octets each, then the index.
      interfaceIndex: words[word + 9] ?? 0,
      bytes: tagged ? withTag(bytes, tpid, halves[half + 12] ?? 0) : bytes,
      originalLength: tagged ? length + 4 : length,
      checksumUnfinished: (status & STATUS_CSUM_NOT_READY) !== 0,
    };
  };

  return {
    drain: (each, limit = Number.POSITIVE_INFINITY) => {
      let count = 0;
      while (open && count < limit) {
        const word = (next * SLOT) / 4;
        // The kernel writes the status last; the atomic read keeps the rest of the slot from being read before.
        const status = Atomics.load(words, word);
        if ((status & STATUS_USER) === 0) break;
        try {
          each(frameAt(next, status));
        } finally {
          Atomics.store(words, word, STATUS_KERNEL);
          next = (next + 1) % slots;
        }
        count++;
      }
      return count;
    },
    statistics: () => {
      if (open) {
        // struct tpacket_stats: packets (the dropped ones included), drops. Reading resets them.
        const value = new Uint32Array(2);
        const octets = new Uint8Array(value.buffer);
        checked(
          'getsockopt(PACKET_STATISTICS)',
          getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, octets, uints(8)),
        );
        received += value[0] ?? 0;
        dropped += value[1] ?? 0;
      }
      return { received, dropped };
    },
    onReadable: (ready) => {
      poll?.[Symbol.dispose]();
      poll = ready === undefined || !open ? undefined : onReadable(fd, ready);
    },
    leaveOut: (interfaceIndexes) => attachFilter(fd, exceptInterfaces(interfaceIndexes)),
    [Symbol.dispose]: () => {
      if (!open) return;
      open = false;
      poll?.[Symbol.dispose]();
      munmap(address, size);
      closeSync(fd);
    },
  };
}

/** The kernel takes an 802.1Q tag out of the frame and hands it over beside it: back to where it was on the wire. */
function withTag(bytes: Uint8Array, tpid: number, tci: number): Uint8Array {
  const whole = new Uint8Array(bytes.length + 4);
  whole.set(bytes.subarray(0, BEFORE_TAG));
  new DataView(whole.buffer).setUint16(BEFORE_TAG, tpid);
  new DataView(whole.buffer).setUint16(BEFORE_TAG + 2, tci);
  whole.set(bytes.subarray(BEFORE_TAG), BEFORE_TAG + 4);
  return whole;
}
