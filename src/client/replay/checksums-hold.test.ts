import { describe, expect, it } from 'vitest';
import { type Ipv6Address, ipv4, mac } from '../../wire/address.ts';
import { ETHER_TYPE, serializeEthernet } from '../../wire/ethernet.ts';
import { IP_PROTOCOL, serializeIpv4 } from '../../wire/ipv4.ts';
import { serializeIpv6 } from '../../wire/ipv6.ts';
import { serializeUdp } from '../../wire/udp.ts';
import { checksumsHold } from './checksums-hold.ts';

const UDP = { sourcePort: 69, destinationPort: 2000, payload: Buffer.from('a block') };
const V4 = { source: ipv4('10.188.0.10'), destination: ipv4('10.188.0.60') };
const V6 = { source: 'fd00::10' as Ipv6Address, destination: 'fd00::60' as Ipv6Address };
const MACS = { source: mac('02:00:00:00:00:01'), destination: mac('02:00:00:00:00:02') };
const PROTOCOL = { protocol: IP_PROTOCOL.udp };

const overV4 = (payload: Uint8Array): Uint8Array =>
  serializeEthernet({
    ...MACS,
    etherType: ETHER_TYPE.ipv4,
    payload: serializeIpv4({ ...V4, ...PROTOCOL, payload }),
  });
const overV6 = (payload: Uint8Array): Uint8Array =>
  serializeEthernet({
    ...MACS,
    etherType: ETHER_TYPE.ipv6,
    payload: serializeIpv6({ ...V6, ...PROTOCOL, payload }),
  });

describe('checksumsHold', () => {
  it.each([
    { name: 'UDP over IPv4', frame: overV4(serializeUdp(UDP, V4)), from: 14 },
    // Of IPv6 only what the pseudo header has: version and hop limit are covered by nothing (RFC 8200 §8.1).
    { name: 'UDP over IPv6', frame: overV6(serializeUdp(UDP, V6)), from: 22 },
  ])('sees every single bit of $name that was turned over', ({ frame, from }) => {
    expect(checksumsHold(frame)).toBe(true);
    const unseen: number[] = [];
    for (let bit = 8 * from; bit < 8 * frame.length; bit++) {
      const harmed = frame.slice();
      harmed[bit >> 3] = (harmed[bit >> 3] as number) ^ (1 << (bit & 7));
      if (checksumsHold(harmed)) unseen.push(bit >> 3);
    }
    // Lengths, version, next header and fragment fields make it another packet: that one is PacketReader's to refuse.
    const structure = from === 14 ? [14, 16, 17, 20, 21, 23, 38, 39] : [20, 21, 58, 59];
    expect(unseen.filter((octet) => !structure.includes(octet))).toEqual([]);
  });

  it('takes UDP without a checksum, and what is no IP', () => {
    expect(checksumsHold(overV4(serializeUdp(UDP)))).toBe(true);
    expect(
      checksumsHold(serializeEthernet({ ...MACS, etherType: ETHER_TYPE.arp, payload: new Uint8Array(28) })),
    ).toBe(true);
  });
});
