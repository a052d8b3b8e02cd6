/** A raw ICMP socket: echo requests out, echo replies in. raw(7), linux/icmp.h (ICMP_FILTER). */
import { closeSync } from 'node:fs';
import { inetAddress } from './inet-socket.ts';
import { checked, errno, recv, sendTo, setsockopt, socket } from './libc.ts';
import { uints } from './native.ts';
import { callFailed } from './os-error.ts';
import { onReadable } from './readable.ts';

const AF_INET = 2;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const IPPROTO_ICMP = 1;
const SOL_RAW = 255;
const ICMP_FILTER = 1;
/** A bit for each type that is not to be heard: all but 0, echo reply. */
const ALL_BUT_ECHO_REPLY = uints(0xfffffffe);
const MSG_DONTWAIT = 0x40;
const EAGAIN = 11;
const ROOM = 2048;

export interface IcmpSocket extends Disposable {
  /** An ICMP message, by the machine's routes. Throws OsError (ENETUNREACH, EHOSTUNREACH). */
  readonly send: (message: Uint8Array, address: string) => void;
  /** Hands out what has arrived and was not handed out yet, without waiting for the event loop. */
  readonly drain: () => void;
}

/**
 * `onPacket` gets each echo reply that this machine receives, whoever asked, from its IP header on; the octets are its own.
 * Throws OsError (EPERM without CAP_NET_RAW).
 */
export function openIcmpSocket(onPacket: (packet: Uint8Array) => void): IcmpSocket {
  const fd = checked(
    'socket(AF_INET, SOCK_RAW, icmp)',
    socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP),
  );
  const room = new Uint8Array(ROOM);
  let open = true;
  const drain = (): void => {
    while (open) {
      const length = recv(fd, room, room.length, MSG_DONTWAIT);
      if (length >= 0) {
        onPacket(room.slice(0, length));
        continue;
      }
      // What ICMP says about our own requests (unreachable) comes as an error of the socket, and is no answer.
      const number = errno();
      if (number === EAGAIN) return;
    }
  };
  let poll: Disposable;
  try {
    const filter = setsockopt(fd, SOL_RAW, ICMP_FILTER, ALL_BUT_ECHO_REPLY, ALL_BUT_ECHO_REPLY.length);
    checked('setsockopt(ICMP_FILTER)', filter);
    poll = onReadable(fd, drain);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return {
    drain,
    send: (message, address) => {
      const to = inetAddress(address, 0);
      const sent = sendTo(fd, message, message.length, MSG_DONTWAIT, to, to.length);
      if (sent < 0) throw callFailed(`sendto(${address}, icmp)`, errno());
    },
    [Symbol.dispose]: () => {
      if (!open) return;
      open = false;
      poll[Symbol.dispose]();
      closeSync(fd);
    },
  };
}
