import type { IpAddress } from '../wire/address.ts';
import type { Endpoint } from './event.ts';

/** One direction between two ports. */
export type Flow = {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** Texts that stand for the one port and the other, in a Map. */
  readonly sourceKey: string;
  readonly destinationKey: string;
  /** And for both, in this direction and in the other. */
  readonly key: string;
  readonly reversedKey: string;
};

/** A power of two. */
const REMEMBERED = 1_024;

/**
 * The flows seen last, made once: thousands of packets are of the same few. To make the texts, and to have a Map compare them, takes
 * longer than to read the packet.
 */
export class Flows {
  readonly #known: (Flow | undefined)[] = Array(REMEMBERED).fill(undefined);

  of(source: IpAddress, sourcePort: number, destination: IpAddress, destinationPort: number): Flow {
    const slot =
      (Math.imul(sourcePort, 31) +
        destinationPort +
        lastOctet(source) +
        Math.imul(lastOctet(destination), 7)) &
      (REMEMBERED - 1);
    const known = this.#known[slot];
    if (
      known !== undefined &&
      known.source.port === sourcePort &&
      known.destination.port === destinationPort &&
      known.source.ip === source &&
      known.destination.ip === destination
    )
      return known;
    const flow = newFlow({ ip: source, port: sourcePort }, { ip: destination, port: destinationPort });
    this.#known[slot] = flow;
    return flow;
  }
}

function newFlow(source: Endpoint, destination: Endpoint): Flow {
  const sourceKey = `${source.ip} ${source.port}`;
  const destinationKey = `${destination.ip} ${destination.port}`;
  return {
    source,
    destination,
    sourceKey,
    destinationKey,
    key: `${sourceKey} ${destinationKey}`,
    reversedKey: `${destinationKey} ${sourceKey}`,
  };
}

/** What differs between the hosts of a network, near enough: the end of the text. */
function lastOctet(ip: IpAddress): number {
  const end = ip.length - 1;
  return ip.charCodeAt(end) + Math.imul(ip.charCodeAt(end - 1), 10) + Math.imul(ip.charCodeAt(end - 2), 100);
}
