import { describe, expect, it } from 'vitest';
import { LINKTYPE } from '../../pcap/link-type.ts';
import { openFrame, type Packet, type PacketResult } from '../../story/packet.ts';
import { BROADCAST_MAC, type Ipv6Address, ipv4, mac } from '../../wire/address.ts';
import { ARP_OPERATION, parseArp, serializeArp } from '../../wire/arp.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../../wire/ethernet.ts';
import { parseIcmp, serializeIcmp } from '../../wire/icmp.ts';
import { icmpv6Checksum, parseIcmpv6 } from '../../wire/icmpv6.ts';
import { IP_PROTOCOL, parseIpv4, serializeIpv4 } from '../../wire/ipv4.ts';
import { parseIpv6, serializeIpv6 } from '../../wire/ipv6.ts';
import { ReplayHost } from './host.ts';
import {
  linkLocalOf,
  multicastMac,
  neighbourAdvertisement,
  neighbourSolicitation,
} from './neighbour-discovery.ts';

const OWN = mac('00:12:34:56:78:90');
const OTHER = mac('02:00:0a:bc:00:0a');
const ADDRESS = ipv4('10.188.0.66');
const SERVER = ipv4('10.188.0.10');
const SERVER6 = 'fe80::10' as Ipv6Address;

function host(): { readonly host: ReplayHost; readonly sent: Uint8Array[] } {
  const sent: Uint8Array[] = [];
  const made = new ReplayHost(OWN, (frame) => void sent.push(frame));
  made.address = ADDRESS;
  return { host: made, sent };
}

function opened(bytes: Uint8Array): Packet {
  const common = { number: 1, timeNs: 0n, interfaceId: 0, linkType: LINKTYPE.ethernet };
  const result: PacketResult = openFrame({ ...common, bytes, originalLength: bytes.length });
  if (result.kind !== 'packet') throw new Error(`wanted a packet, got ${result.kind}`);
  return result.packet;
}

function payloadOf(bytes: Uint8Array | undefined): {
  readonly destination: string;
  readonly payload: Uint8Array;
} {
  const parsed = parseEthernet(bytes ?? new Uint8Array());
  if (!parsed.ok) throw parsed.error;
  return parsed.value;
}

const arp = (operation: number, senderIp: typeof SERVER, targetIp: typeof SERVER): Uint8Array =>
  serializeArp({ ...{ kind: 'ipv4', operation, senderMac: OTHER, senderIp }, targetMac: OWN, targetIp });

describe('ReplayHost', () => {
  it('answers ARP for its address only, and not its own', () => {
    const { host: one, sent } = host();
    one.arp(arp(ARP_OPERATION.request, SERVER, ipv4('10.188.0.67')));
    expect(sent).toEqual([]);
    one.arp(arp(ARP_OPERATION.request, SERVER, ADDRESS));
    expect(parseArp(payloadOf(sent[0]).payload)).toMatchObject({
      ok: true,
      value: { operation: ARP_OPERATION.reply, senderMac: OWN, senderIp: ADDRESS, targetIp: SERVER },
    });
    one.arp(payloadOf(sent[0]).payload);
    expect(sent).toHaveLength(1);
  });

  it('asks once for the next hop of each packet, and sends them when it knows', () => {
    const { host: one, sent } = host();
    one.gateway = ipv4('10.188.0.1');
    const far = { source: ADDRESS, destination: ipv4('10.189.0.40'), protocol: IP_PROTOCOL.udp };
    one.packet({ ...far, payload: Uint8Array.of(1) });
    one.packet({ ...far, payload: Uint8Array.of(2) });
    expect(parseArp(payloadOf(sent[0]).payload)).toMatchObject({ value: { targetIp: '10.188.0.1' } });
    one.arp(arp(ARP_OPERATION.reply, ipv4('10.188.0.1'), ADDRESS));
    const packets = sent.slice(2).map((frame) => {
      const { destination, payload } = payloadOf(frame);
      const packet = parseIpv4(payload);
      return [destination, packet.ok && packet.value.payload[0]];
    });
    expect(packets).toEqual([
      [OTHER, 1],
      [OTHER, 2],
    ]);
  });

  it('answers a ping to it, and none that is not', () => {
    const { host: one, sent } = host();
    one.arp(arp(ARP_OPERATION.reply, SERVER, ADDRESS));
    const ping = (destination: typeof ADDRESS): Packet => {
      const echo = { kind: 'echo-request', id: 7, sequence: 1, data: Uint8Array.of(5) } as const;
      const packet = {
        source: SERVER,
        destination,
        protocol: IP_PROTOCOL.icmp,
        payload: serializeIcmp(echo),
      };
      const link = { destination: OWN, source: OTHER, etherType: ETHER_TYPE.ipv4 };
      return opened(serializeEthernet({ ...link, payload: serializeIpv4(packet) }));
    };
    expect(one.hear(ping(ipv4('10.188.0.99')))).toBe(true);
    expect(sent).toEqual([]);
    one.hear(ping(ADDRESS));
    const reply = parseIpv4(payloadOf(sent[0]).payload);
    expect(reply.ok && parseIcmp(reply.value.payload)).toMatchObject({
      value: { kind: 'echo-reply', id: 7, sequence: 1 },
    });
  });

  it('does not hear its own frames, or another’s', () => {
    const { host: one } = host();
    const frame = (source: typeof OWN, destination: typeof OWN): Packet => {
      const packet = { source: SERVER, destination: ADDRESS, protocol: 253, payload: new Uint8Array(4) };
      const link = { destination, source, etherType: ETHER_TYPE.ipv4 };
      return opened(serializeEthernet({ ...link, payload: serializeIpv4(packet) }));
    };
    expect(one.hear(frame(OTHER, OWN))).toBe(true);
    expect(one.hear(frame(OTHER, BROADCAST_MAC))).toBe(true);
    expect(one.hear(frame(OWN, BROADCAST_MAC))).toBe(false);
    expect(one.hear(frame(OTHER, mac('02:00:00:00:00:99')))).toBe(false);
    one.elsewhere = true;
    expect(one.hear(frame(OTHER, mac('02:00:00:00:00:99')))).toBe(true);
  });

  describe('by IPv6', () => {
    const own = linkLocalOf(OWN);
    const solicited = (target: Ipv6Address, source: Ipv6Address): Packet => {
      const fields = neighbourSolicitation(target, source, OTHER);
      const link = {
        destination: multicastMac(fields.destination),
        source: OTHER,
        etherType: ETHER_TYPE.ipv6,
      };
      return opened(serializeEthernet({ ...link, payload: serializeIpv6(fields) }));
    };

    it('makes its link-local address as RFC 4291 has it', () => {
      expect(own).toBe('fe80::212:34ff:fe56:7890');
    });

    it('answers a neighbour solicitation for its address, with a right checksum', () => {
      const { host: one, sent } = host();
      one.addresses6.add(own);
      one.hear(solicited('fe80::99' as Ipv6Address, SERVER6));
      expect(sent).toEqual([]);
      one.hear(solicited(own, SERVER6));
      const { destination, payload } = payloadOf(sent[0]);
      const packet = parseIpv6(payload);
      if (!packet.ok) throw packet.error;
      expect([destination, packet.value.destination, packet.value.hopLimit]).toEqual([OTHER, SERVER6, 255]);
      expect(parseIcmpv6(packet.value.payload)).toMatchObject({
        value: {
          ...{ kind: 'neighbour-advertisement', target: own, solicited: true },
          options: [{ kind: 'target-link-layer', address: OWN }],
        },
      });
      expect(icmpv6Checksum(packet.value.payload, packet.value)).toBe('correct');
    });

    it('tells everybody where somebody without an address asks (RFC 4862)', () => {
      const { host: one, sent } = host();
      one.addresses6.add(own);
      one.hear(solicited(own, '::' as Ipv6Address));
      const packet = parseIpv6(payloadOf(sent[0]).payload);
      expect(packet).toMatchObject({ value: { destination: 'ff02::1' } });
    });

    it('asks for a neighbour and sends when it knows, to a group at once', () => {
      const { host: one, sent } = host();
      one.addresses6.add(own);
      const fields = { source: own, protocol: IP_PROTOCOL.udp, payload: Uint8Array.of(9) };
      one.packet6({ ...fields, destination: 'ff02::1:2' as Ipv6Address });
      expect(payloadOf(sent[0]).destination).toBe('33:33:00:01:00:02');
      one.packet6({ ...fields, destination: SERVER6 });
      expect(payloadOf(sent[1]).destination).toBe('33:33:ff:00:00:10');
      const told = serializeIpv6(neighbourAdvertisement(SERVER6, own, OTHER));
      const link = { destination: OWN, source: OTHER, etherType: ETHER_TYPE.ipv6 };
      one.hear(opened(serializeEthernet({ ...link, payload: told })));
      const packet = parseIpv6(payloadOf(sent[2]).payload);
      expect(payloadOf(sent[2]).destination).toBe(OTHER);
      expect(packet.ok && packet.value.payload).toEqual(Uint8Array.of(9));
    });
  });
});
