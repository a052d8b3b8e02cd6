import { randomInt } from 'node:crypto';
import { openUdp, type UdpHandler, type UdpSocket } from './udp-socket.ts';

/** Where transfers may have their ports. Undefined: the kernel's choice. */
export type PortRange = { readonly first: number; readonly last: number };

/** Ports tried before a transfer is refused: with half of a range in use, one in 2^32 finds none. */
const MOST_TRIES = 32;

/** Which ports to try, in that order: TIDs are chosen at random (RFC 1350 §4), so that nobody guesses the next one. */
export function portsToTry(range: PortRange | undefined): readonly number[] {
  if (range === undefined) return [0];
  const size = range.last - range.first + 1;
  const chosen = new Set<number>();
  while (chosen.size < Math.min(size, MOST_TRIES)) chosen.add(range.first + randomInt(size));
  return [...chosen];
}

/** A port of its own for a transfer. Throws what `bind` says of the last one that was tried. */
export async function openTransferPort(
  address: string,
  ports: readonly number[],
  onDatagram: UdpHandler,
): Promise<UdpSocket> {
  for (const [at, port] of ports.entries()) {
    try {
      return await openUdp({ address, port }, onDatagram);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || at === ports.length - 1) throw error;
    }
  }
  throw new Error('no port to try');
}
