/**
 * AF_PACKET sockets: whole Ethernet frames, out and in, on one interface. packet(7), linux/if_packet.h.
 * What a client needs that has no address yet, and a server that answers it.
 */
import { closeSync } from 'node:fs';
import { bind, checked, errno, getsockopt, ifNameToIndex, recv, sendTo, setsockopt, socket } from './libc.ts';
import { int, LITTLE_ENDIAN, uints } from './native.ts';
import { callFailed, OsError } from './os-error.ts';
import { onReadable } from './readable.ts';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
export const SOL_PACKET = 263;
const PACKET_STATISTICS = 6;
const PACKET_IGNORE_OUTGOING = 23;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const ETH_P_ALL = 0x0003;
const MSG_DONTWAIT = 0x40;
const EAGAIN = 11;
/** Larger than any frame: with generic offloads a frame is up to 64 kB. */
const ROOM = 65_600;

/** The index of an interface in the thread's network namespace. Throws OsError OS_NO_SUCH_INTERFACE. */
export function interfaceIndex(name: string): number {
  const index = ifNameToIndex(name);
  if (index === 0) {
    throw new OsError(
      'OS_NO_SUCH_INTERFACE',
      `if_nametoindex(${name})`,
      'no such interface in this namespace',
    );
  }
  return index;
}

/** struct sockaddr_ll; index 0 means every interface. */
export function linkAddress(etherType: number, index: number): Uint8Array {
  const address = new DataView(new ArrayBuffer(20));
  address.setUint16(0, AF_PACKET, LITTLE_ENDIAN);
  address.setUint16(2, etherType);
  address.setInt32(4, index, LITTLE_ENDIAN);
  return new Uint8Array(address.buffer);
}

/** An AF_PACKET socket that is bound to nothing and hears nothing yet. */
export function unboundPacketSocket(): number {
  return checked('socket(AF_PACKET, SOCK_RAW)', socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

/** From here on the socket hears. `name` undefined: all interfaces of the namespace, those to come included. */
export function bindPacketSocket(fd: number, name: string | undefined, etherType = ETH_P_ALL): void {
  // Frames that leave through the interface would be heard too, each as a second copy of itself.
  checked(
    'setsockopt(PACKET_IGNORE_OUTGOING)',
    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, int(1), 4),
  );
  const address = linkAddress(etherType, name === undefined ? 0 : interfaceIndex(name));
  checked(`bind(AF_PACKET, ${name ?? 'all interfaces'})`, bind(fd, address, address.length));
}

export interface PacketSocket extends Disposable {
  readonly fd: number;
  /** The frame from its destination address on, without FCS. Throws OsError (ENETDOWN, EMSGSIZE, ENOBUFS). */
  readonly send: (frame: Uint8Array) => void;
  /** The next frame that waits, undefined if none does. A copy. */
  readonly receive: () => Uint8Array | undefined;
  /** Calls `frame` for each arriving frame until the socket is disposed of; the last one given counts. */
  readonly onFrame: (frame: (bytes: Uint8Array) => void) => void;
  /** How much may wait to be received: as asked by who administers the network, else what net.core.rmem_max allows. */
  readonly holdUpTo: (octets: number) => void;
  /** How many frames found no room since this was last asked. */
  readonly dropped: () => number;
}

/**
 * Opens a socket on an interface of the thread's network namespace. Throws OsError (EPERM without CAP_NET_RAW).
 *
 * `hears`: an EtherType (0x86dd for IPv6), 'everything', or 'nothing' for a socket that only sends. Frames leaving
 * through the interface, its own included, are not heard.
 */
export function openPacketSocket(
  interfaceName: string,
  hears: number | 'everything' | 'nothing',
): PacketSocket {
  const fd = unboundPacketSocket();
  const destination = (() => {
    try {
      if (hears !== 'nothing') {
        bindPacketSocket(fd, interfaceName, hears === 'everything' ? ETH_P_ALL : hears);
      }
      return linkAddress(0, interfaceIndex(interfaceName));
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  })();

  const room = new Uint8Array(ROOM);
  const receive = (): Uint8Array | undefined => {
    const length = recv(fd, room, room.length, MSG_DONTWAIT);
    if (length >= 0) return room.slice(0, length);
    const number = errno();
    if (number === EAGAIN) return undefined;
    throw callFailed(`recv(${interfaceName})`, number);
  };
  let poll: Disposable | undefined;
  let open = true;

  return {
    fd,
    send: (frame) => {
      const call = `sendto(${interfaceName}, ${frame.length} bytes)`;
      checked(call, sendTo(fd, frame, frame.length, 0, destination, destination.length));
    },
    receive,
    onFrame: (onFrame) => {
      const drain = (): void => {
        while (open) {
          const frame = receive();
          if (frame === undefined) return;
          onFrame(frame);
        }
      };
      poll?.[Symbol.dispose]();
      poll = onReadable(fd, drain);
    },
    holdUpTo: (octets) => {
      if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, int(octets), 4) === 0) return;
      checked(`setsockopt(SO_RCVBUF, ${octets})`, setsockopt(fd, SOL_SOCKET, SO_RCVBUF, int(octets), 4));
    },
    dropped: () => {
      // struct tpacket_stats: packets, drops.
      const value = new Uint32Array(2);
      const octets = new Uint8Array(value.buffer);
      checked(
        'getsockopt(PACKET_STATISTICS)',
        getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, octets, uints(8)),
      );
      return value[1] ?? 0;
    },
    [Symbol.dispose]: () => {
      if (!open) return;
      open = false;
      poll?.[Symbol.dispose]();
      closeSync(fd);
    },
  };
}
