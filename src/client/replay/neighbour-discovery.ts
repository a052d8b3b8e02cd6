import { type Ipv6Address, ipv6FromBytes, ipv6ToBytes, type MacAddress, mac } from '../../wire/address.ts';
import { type Icmpv6, type Icmpv6Fields, serializeIcmpv6 } from '../../wire/icmpv6.ts';
import { IP_PROTOCOL } from '../../wire/ipv4.ts';
import type { Ipv6Fields } from '../../wire/ipv6.ts';

/** RFC 4861 §7.1: what has passed a router is no neighbour's. */
const HOP_LIMIT = 255;

/** RFC 2464 §7: the MAC address of a multicast address. */
export function multicastMac(address: Ipv6Address): MacAddress {
  const last = [...ipv6ToBytes(address).subarray(12)].map((octet) => octet.toString(16).padStart(2, '0'));
  return mac(`33:33:${last.join(':')}`);
}

/** RFC 4291 §2.7.1. */
function solicitedNode(address: Ipv6Address): Ipv6Address {
  const bytes = new Uint8Array(16);
  bytes.set([0xff, 2]);
  bytes.set([1, 0xff], 11);
  bytes.set(ipv6ToBytes(address).subarray(13), 13);
  return ipv6FromBytes(bytes);
}

/** RFC 4862 §5.3, of a MAC address as RFC 4291 appendix A has it. */
export function linkLocalOf(hardware: MacAddress): Ipv6Address {
  const octets = hardware.split(':').map((octet) => Number.parseInt(octet, 16));
  const bytes = new Uint8Array(16);
  bytes.set([0xfe, 0x80]);
  bytes.set([(octets[0] ?? 0) ^ 2, octets[1] ?? 0, octets[2] ?? 0, 0xff, 0xfe], 8);
  bytes.set(octets.slice(3), 13);
  return ipv6FromBytes(bytes);
}

const discovery = (source: Ipv6Address, destination: Ipv6Address, message: Icmpv6Fields): Ipv6Fields => ({
  ...{ source, destination, protocol: IP_PROTOCOL.icmpv6, hopLimit: HOP_LIMIT },
  payload: serializeIcmpv6(message, { source, destination }),
});

/** Who has `target`? */
export function neighbourSolicitation(
  target: Ipv6Address,
  source: Ipv6Address,
  hardware: MacAddress,
): Ipv6Fields {
  return discovery(source, solicitedNode(target), {
    kind: 'neighbour-solicitation',
    target,
    options: [{ kind: 'source-link-layer', address: hardware }],
  });
}

/** The answer to a solicitation for an address of one's own. */
export function neighbourAdvertisement(
  target: Ipv6Address,
  asker: Ipv6Address,
  hardware: MacAddress,
): Ipv6Fields {
  // RFC 4861 §7.2.4: whoever asks without an address (RFC 4862's detection of duplicates) is told with everybody.
  const nobody = asker === '::';
  return discovery(target, nobody ? ALL_NODES : asker, {
    kind: 'neighbour-advertisement',
    ...{ target, router: false, solicited: !nobody, override: true },
    options: [{ kind: 'target-link-layer', address: hardware }],
  });
}

const ALL_NODES = 'ff02::1' as Ipv6Address;

/** What a neighbour discovery message says of its sender: the address, and the MAC address that it has. */
export function neighbourIn(
  message: Icmpv6,
  source: Ipv6Address,
): readonly [Ipv6Address, MacAddress] | undefined {
  if (message.kind !== 'neighbour-advertisement' && message.kind !== 'neighbour-solicitation')
    return undefined;
  const wanted = message.kind === 'neighbour-advertisement' ? 'target-link-layer' : 'source-link-layer';
  for (const option of message.options) {
    if (option.kind === wanted)
      return [message.kind === 'neighbour-advertisement' ? message.target : source, option.address];
  }
  return undefined;
}
