import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { collectCapture } from '../../pcap/read-capture.ts';
import { mac } from '../../wire/address.ts';
import { parseEthernet } from '../../wire/ethernet.ts';
import { formatIcmpv6, icmpv6Checksum, parseIcmpv6 } from '../../wire/icmpv6.ts';
import { parseIpv6 } from '../../wire/ipv6.ts';
import { emptyRouterAdvertisement, isRouterSolicitation, linkLocalAddress } from './router-advertisement.ts';

const CAPTURE = join(import.meta.dirname, '../../../captures/lab/bios-ipxe-rom.pcap');

describe('isRouterSolicitation', () => {
  let solicitations: Uint8Array[];
  let frames: number;
  beforeAll(async () => {
    const capture = await collectCapture(createReadStream(CAPTURE));
    frames = capture.frames.length;
    solicitations = capture.frames.map(({ bytes }) => bytes.slice()).filter(isRouterSolicitation);
  });

  it("recognises those of QEMU's iPXE ROM, and nothing else in its boot", () => {
    // tcpdump says: icmp6 and ip6[40] == 133.
    expect(solicitations).toHaveLength(8);
    expect(frames).toBeGreaterThan(100);
  });

  it('takes none that a router could have passed on (RFC 4861 §6.1.1), none cut short, and never throws', () => {
    const [solicitation = new Uint8Array()] = solicitations;
    const passedOn = solicitation.with(14 + 7, 254);
    expect(isRouterSolicitation(passedOn)).toBe(false);
    for (let length = 0; length < 14 + 40 + 8; length++) {
      expect(isRouterSolicitation(solicitation.subarray(0, length))).toBe(false);
    }
  });
});

describe('linkLocalAddress', () => {
  it('is the one that iPXE makes of the same MAC', () => {
    // captures/lab/bios-ipxe-rom.pcap: the source of its router solicitations.
    expect(linkLocalAddress(mac('00:12:34:56:78:90'))).toBe('fe80::212:34ff:fe56:7890');
  });
});

describe('emptyRouterAdvertisement', () => {
  it('promises nothing, to all nodes, with a checksum that is right', () => {
    const ethernet = parseEthernet(emptyRouterAdvertisement(mac('02:00:0a:bc:00:01')));
    if (!ethernet.ok) throw ethernet.error;
    expect(ethernet.value).toMatchObject({ destination: '33:33:00:00:00:01', source: '02:00:0a:bc:00:01' });
    const packet = parseIpv6(ethernet.value.payload);
    if (!packet.ok) throw packet.error;
    const { source, destination, payload } = packet.value;
    expect(packet.value).toMatchObject({ hopLimit: 255, destination: 'ff02::1' });
    expect(icmpv6Checksum(payload, { source, destination })).toBe('correct');
    const message = parseIcmpv6(payload);
    if (!message.ok) throw message.error;
    expect(formatIcmpv6(message.value)).toMatch(/^ICMPv6 router-advertisement lifetime 0, /);
    expect(message.value).toMatchObject({
      options: [{ kind: 'source-link-layer', address: '02:00:0a:bc:00:01' }],
    });
  });
});
