import { getuid } from 'node:process';
import { describe, expect, it } from 'vitest';
import { openPacketSocket } from '../../os/packet-socket.ts';
import { cable } from '../../os/testing/cable.ts';
import { ipv4, mac } from '../../wire/address.ts';
import { parseEthernet } from '../../wire/ethernet.ts';
import { parseIpv4 } from '../../wire/ipv4.ts';
import { parseUdp, udpChecksum } from '../../wire/udp.ts';
import { openLinkSender } from './link-sender.ts';

const FROM = { interfaceName: 'left', mac: mac('02:00:00:00:00:01'), address: ipv4('10.9.9.1'), port: 67 };

describe.skipIf(getuid?.() !== 0)('openLinkSender (needs root: run as root)', () => {
  it('sends frames that are whole, whatever is in them: lengths, addresses, both checksums', () => {
    using net = cable();
    using right = net.inside(() => openPacketSocket('right', 0x0800));
    using sender = net.inside(() =>
      openLinkSender(FROM, (error) => {
        throw error;
      }),
    );
    const payloads = [0, 1, 2, 299, 300, 1472].map((length) =>
      new Uint8Array(length).map((_, n) => 7 * n + 1),
    );
    for (const [n, payload] of payloads.entries()) {
      const address = ipv4(`10.9.${n & 255}.${255 - (n & 255)}`);
      const to = mac(`0a:ff:00:12:34:${(n & 255).toString(16).padStart(2, '0')}`);
      sender.send({ mac: to, address, port: 68 + n, payload });
      sender.flush();
      const frame = parseEthernet(right.receive() ?? new Uint8Array(0));
      const packet = parseIpv4(frame.ok ? frame.value.payload : new Uint8Array(0));
      const udp = parseUdp(packet.ok ? packet.value.payload : new Uint8Array(0));
      if (!frame.ok || !packet.ok || !udp.ok) throw new Error(`datagram ${n} did not arrive`);
      expect(frame.value).toMatchObject({ destination: to, source: FROM.mac, etherType: 0x0800 });
      expect(packet.value).toMatchObject({
        ...{ source: FROM.address, destination: address, protocol: 17, ttl: 64, identification: n + 1 },
        checksum: { correct: true },
      });
      expect(udp.value).toMatchObject({ sourcePort: 67, destinationPort: 68 + n, payload });
      expect(udpChecksum(packet.value.payload, udp.value, packet.value)).toBe('correct');
    }
  });

  it('sends a checksum that comes to 0 as all ones (RFC 768)', () => {
    using net = cable();
    using right = net.inside(() => openPacketSocket('right', 0x0800));
    using sender = net.inside(() => openLinkSender(FROM, () => undefined));
    const checksumOf = (payload: Uint8Array): Uint8Array => {
      sender.send({ mac: mac('02:00:00:00:00:02'), address: ipv4('10.9.9.2'), port: 68, payload });
      sender.flush();
      return right.receive()?.slice(40, 42) ?? new Uint8Array(0);
    };
    // What is added to the sum as one more word makes it complete.
    const missing = checksumOf(Uint8Array.of(0, 0));
    expect(checksumOf(missing)).toEqual(Uint8Array.of(0xff, 0xff));
  });

  it('tells of a frame that is too large, and sends the others', () => {
    using net = cable();
    using right = net.inside(() => openPacketSocket('right', 0x0800));
    const failures: (string | undefined)[] = [];
    using sender = net.inside(() => openLinkSender(FROM, ({ errno }) => failures.push(errno)));
    const to = { mac: mac('02:00:00:00:00:02'), address: ipv4('10.9.9.2'), port: 68 };
    sender.send({ ...to, payload: new Uint8Array(1600) });
    sender.send({ ...to, payload: new Uint8Array(300) });
    sender.flush();
    expect(failures).toEqual(['EMSGSIZE']);
    expect(right.receive()?.length).toBe(342);
    expect(right.receive()).toBeUndefined();
  });
});
