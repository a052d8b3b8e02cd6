import {
  BROADCAST_IPV4,
  BROADCAST_MAC,
  type Ipv4Address,
  type MacAddress,
  UNSPECIFIED_IPV4,
} from '../../wire/address.ts';
import { clientMac, type DhcpMessage, wantsBroadcast } from '../../wire/dhcp/message.ts';

export const SERVER_PORT = 67;
const CLIENT_PORT = 68;

/**
 * - `routed`: as any datagram goes, by route and ARP.
 * - `link`: on the server's own wire to this hardware address, without asking ARP, which a client without an address cannot
 *   answer.
 */
export type Destination =
  | { readonly kind: 'routed'; readonly address: Ipv4Address; readonly port: number }
  | {
      readonly kind: 'link';
      readonly mac: MacAddress;
      readonly address: Ipv4Address;
      readonly port: number;
    };

const BROADCAST: Destination = {
  kind: 'link',
  mac: BROADCAST_MAC,
  address: BROADCAST_IPV4,
  port: CLIENT_PORT,
};

/** RFC 2131 §4.1, the paragraph on giaddr, ciaddr and the broadcast bit. `yiaddr` is the reply's. */
export function replyDestination(request: DhcpMessage, yiaddr: Ipv4Address): Destination {
  if (request.giaddr !== UNSPECIFIED_IPV4) return relay(request);
  if (request.ciaddr !== UNSPECIFIED_IPV4) {
    return { kind: 'routed', address: request.ciaddr, port: CLIENT_PORT };
  }
  const isEthernet = request.htype === 1 && request.hlen === 6;
  if (wantsBroadcast(request) || !isEthernet || yiaddr === UNSPECIFIED_IPV4) return BROADCAST;
  return { kind: 'link', mac: clientMac(request), address: yiaddr, port: CLIENT_PORT };
}

/** RFC 2131 §4.1: "in all cases, when 'giaddr' is zero, the server broadcasts any DHCPNAK messages to 0xffffffff". */
export function nakDestination(request: DhcpMessage): Destination {
  return request.giaddr === UNSPECIFIED_IPV4 ? BROADCAST : relay(request);
}

/** The relay's port is the server's, whatever the broadcast bit says. */
function relay({ giaddr }: DhcpMessage): Destination {
  return { kind: 'routed', address: giaddr, port: SERVER_PORT };
}
