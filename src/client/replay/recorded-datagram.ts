import { openLink } from '../../story/link.ts';
import type { Packet } from '../../story/packet.ts';
import {
  BROADCAST_IPV4,
  BROADCAST_MAC,
  type IpAddress,
  ipToBytes,
  type MacAddress,
  macFromBytes,
  macToBytes,
} from '../../wire/address.ts';
import { NO_BYTES } from '../../wire/bytes.ts';
import { type Ipv4Fields, isFragment, parseIpv4 } from '../../wire/ipv4.ts';
import type { Udp } from '../../wire/udp.ts';

/** A datagram as a client sent it, whatever the link layer of the capture is. Copies: the frame is not kept. */
export type RecordedDatagram = {
  readonly frame: number;
  readonly timeNs: bigint;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** The frame went to everybody, whatever the IP address is. */
  readonly toAll: boolean;
  /** What else the IPv4 header says: lifetime, type of service, identification, options. */
  readonly header: Partial<Ipv4Fields>;
  readonly udp: Udp;
};

export function recordedDatagram(
  { frame, source, destination, destinationMac }: Packet,
  udp: Udp,
): RecordedDatagram {
  const { number, timeNs } = frame;
  const link = openLink(frame);
  const ip = link.kind === 'ipv4' ? parseIpv4(link.payload) : undefined;
  // Of a packet in fragments the last frame says nothing of the whole.
  const header =
    ip?.ok !== true || isFragment(ip.value)
      ? {}
      : {
          ...{ tos: ip.value.tos, ttl: ip.value.ttl, identification: ip.value.identification },
          ...{ dontFragment: ip.value.dontFragment, reservedFlag: ip.value.reservedFlag },
          options: ip.value.options.slice(),
        };
  // Padding of a short frame is the card's.
  const copy = { ...udp, payload: udp.payload.slice(), trailing: NO_BYTES };
  const toAll = destinationMac === BROADCAST_MAC || destination === BROADCAST_IPV4;
  return { frame: number, timeNs, source, destination, toAll, header, udp: copy };
}

/** The capture has not all of it. */
export function isCut({ frame, missing }: Packet, udp: Udp): boolean {
  return udp.missing > 0 || missing > 0 || frame.bytes.length < frame.originalLength;
}

/** Groups send nothing, and 00:00:00:00:00:00 is what a machine without an address of its own says. */
export function isMachine(mac: MacAddress): boolean {
  return ((macToBytes(mac)[0] ?? 0) & 1) === 0 && mac !== '00:00:00:00:00:00';
}

/**
 * For whoever a capture without a link layer has only an IP address of: any MAC address will do, as long as it is always the
 * same. 02: locally administered.
 */
export function madeMac(address: IpAddress): MacAddress {
  return macFromBytes(Uint8Array.of(0x02, 0x67, ...ipToBytes(address).slice(-4)));
}
