import { once } from 'node:events';
import { getuid } from 'node:process';
import { describe, expect, it } from 'vitest';
import { openIcmpSocket } from './icmp-socket.ts';
import { cable } from './testing/cable.ts';

describe.skipIf(getuid?.() !== 0)('openIcmpSocket (needs root: run as root)', () => {
  // RFC 792: type, code, checksum, identifier 7, sequence number 1.
  const request = Uint8Array.of(8, 0, 0xf7, 0xf7, 0, 7, 0, 1);
  const reply = [0, 0, 0xff, 0xf7, 0, 7, 0, 1];

  it('hears the reply of the one it pinged, and not the request', async () => {
    using net = cable();
    const heard = new EventTarget();
    const packets: Uint8Array[] = [];
    using socket = net.inside(() =>
      openIcmpSocket((packet) => {
        packets.push(packet);
        heard.dispatchEvent(new Event('packet'));
      }),
    );
    const arrived = once(heard, 'packet');
    socket.send(request, '127.0.0.1');
    await arrived;

    expect(packets).toHaveLength(1);
    const [packet = new Uint8Array(0)] = packets;
    expect([...packet.subarray(12, 16)]).toEqual([127, 0, 0, 1]);
    expect([...packet.subarray(20)]).toEqual(reply);
  });

  it('says that there is no way to an address', () => {
    using net = cable();
    using socket = net.inside(() => openIcmpSocket(() => undefined));
    expect(() => socket.send(request, '203.0.113.1')).toThrow(
      expect.objectContaining({ errno: 'ENETUNREACH', call: 'sendto(203.0.113.1, icmp)' }),
    );
  });
});
