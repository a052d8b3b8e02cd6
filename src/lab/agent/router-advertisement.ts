/**
 * A router that has nothing to offer: RFC 4861 §4.1 (solicitation), §4.2 (advertisement), §6.2.6 (answering).
 * No prefix and lifetime 0 say "no IPv6 here", at once: iPXE else waits 13 s for a router before it goes on.
 */
import { type Ipv6Address, ipv6FromBytes, type MacAddress, macToBytes } from '../../wire/address.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../../wire/ethernet.ts';
import { parseIcmpv6, serializeIcmpv6 } from '../../wire/icmpv6.ts';
import { IP_PROTOCOL } from '../../wire/ipv4.ts';
import { parseIpv6, serializeIpv6 } from '../../wire/ipv6.ts';

const ALL_NODES = 'ff02::1' as Ipv6Address;
/** RFC 2464 §7: 33:33 and the last four octets of the group. */
const ALL_NODES_MAC = '33:33:00:00:00:01' as MacAddress;
/** RFC 4861 §6.1.1: no router can have passed it on. */
const HOP_LIMIT = 255;

/** A valid router solicitation (RFC 4861 §6.1.1); a host that has no address yet asks from `::`. */
export function isRouterSolicitation(frame: Uint8Array): boolean {
  const ethernet = parseEthernet(frame);
  if (!ethernet.ok || ethernet.value.etherType !== ETHER_TYPE.ipv6) return false;
  const packet = parseIpv6(ethernet.value.payload);
  if (!packet.ok || packet.value.protocol !== IP_PROTOCOL.icmpv6) return false;
  if (packet.value.hopLimit !== HOP_LIMIT) return false;
  const message = parseIcmpv6(packet.value.payload);
  return message.ok && message.value.kind === 'router-solicitation' && message.value.code === 0;
}

/** fe80:: and the MAC as EUI-64: RFC 4291 appendix A. */
export function linkLocalAddress(mac: MacAddress): Ipv6Address {
  const octets = macToBytes(mac);
  const [first = 0, ...rest] = octets;
  const interfaceId = [first ^ 0x02, ...rest.slice(0, 2), 0xff, 0xfe, ...rest.slice(2)];
  return ipv6FromBytes(Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, ...interfaceId));
}

/** The advertisement as a whole frame, to all nodes. */
export function emptyRouterAdvertisement(router: MacAddress): Uint8Array {
  const addresses = { source: linkLocalAddress(router), destination: ALL_NODES };
  const payload = serializeIcmpv6(
    {
      kind: 'router-advertisement',
      hopLimit: 0,
      managed: false,
      otherConfig: false,
      lifetime: 0,
      reachableTime: 0,
      retransTimer: 0,
      options: [{ kind: 'source-link-layer', address: router }],
    },
    addresses,
  );
  return serializeEthernet({
    destination: ALL_NODES_MAC,
    source: router,
    etherType: ETHER_TYPE.ipv6,
    payload: serializeIpv6({ ...addresses, protocol: IP_PROTOCOL.icmpv6, hopLimit: HOP_LIMIT, payload }),
  });
}
