import { openPacketSocket } from '../../os/packet-socket.ts';
import type { Ipv4Address, MacAddress } from '../../wire/address.ts';
import { ETHER_TYPE, serializeEthernet } from '../../wire/ethernet.ts';
import { IP_PROTOCOL, serializeIpv4 } from '../../wire/ipv4.ts';
import { serializeUdp } from '../../wire/udp.ts';

export type LinkDatagram = {
  readonly mac: MacAddress;
  readonly address: Ipv4Address;
  readonly port: number;
  readonly payload: Uint8Array;
};

export interface LinkSender extends Disposable {
  /** Puts a whole frame on the wire: no ARP, no route, checksums complete. Throws OsError. */
  readonly send: (datagram: LinkDatagram) => void;
}

/** RFC 1542 §5.4 leaves it open; what routers and dnsmasq use. */
const TTL = 64;

/** A sender of UDP datagrams from one address and port, on one interface. Throws OsError (EPERM without CAP_NET_RAW). */
export function openLinkSender(from: {
  readonly interfaceName: string;
  readonly mac: MacAddress;
  readonly address: Ipv4Address;
  readonly port: number;
}): LinkSender {
  const socket = openPacketSocket(from.interfaceName, 'nothing');
  let identification = 0;
  return {
    send: ({ mac, address, port, payload }) => {
      const addresses = { source: from.address, destination: address };
      const udp = serializeUdp({ sourcePort: from.port, destinationPort: port, payload }, addresses);
      identification = (identification + 1) & 0xffff;
      const packet = serializeIpv4({
        ...addresses,
        protocol: IP_PROTOCOL.udp,
        identification,
        ttl: TTL,
        payload: udp,
      });
      socket.send(
        serializeEthernet({
          destination: mac,
          source: from.mac,
          etherType: ETHER_TYPE.ipv4,
          payload: packet,
        }),
      );
    },
    [Symbol.dispose]: () => socket[Symbol.dispose](),
  };
}
