import { getuid } from 'node:process';
import { describe, expect, it } from 'vitest';
import { openPacketSocket } from './packet-socket.ts';
import { cable } from './testing/cable.ts';

const frame = (fill: number, length = 60): Uint8Array => {
  const bytes = new Uint8Array(length).fill(fill);
  bytes.set([0x86, 0xdd], 12);
  return bytes;
};

describe.skipIf(getuid?.() !== 0)('openPacketSocket (needs root: run as root)', () => {
  it('delivers a whole frame once, as it was sent', async () => {
    using net = cable();
    using socket = net.inside(() => openPacketSocket('lo', 'everything'));
    const arrived = new Promise((resolve) => socket.onFrame(resolve));
    socket.send(frame(7));

    // The loopback carries each frame out and in again: the outgoing copy is left out.
    expect(await arrived).toEqual(frame(7));
    expect(socket.receive()).toBeUndefined();
  });

  it('hears only the EtherType that was asked for', () => {
    using net = cable();
    using ipv6 = net.inside(() => openPacketSocket('right', 0x86dd));
    using ipv4 = net.inside(() => openPacketSocket('right', 0x0800));
    using left = net.inside(() => openPacketSocket('left', 'nothing'));
    left.send(frame(1));

    expect(ipv6.receive()).toEqual(frame(1));
    expect(ipv4.receive()).toBeUndefined();
    expect(left.receive()).toBeUndefined();
  });

  it('says which call failed and how', () => {
    using net = cable();
    using left = net.inside(() => openPacketSocket('left', 'nothing'));

    expect(() => left.send(frame(1, 70_000))).toThrow(
      expect.objectContaining({
        code: 'OS_CALL_FAILED',
        errno: 'EMSGSIZE',
        call: 'sendto(left, 70000 bytes)',
      }),
    );
  });

  it('names an interface that is not there', () => {
    using net = cable();

    expect(() => net.inside(() => openPacketSocket('eth7', 'everything'))).toThrow(
      expect.objectContaining({ code: 'OS_NO_SUCH_INTERFACE', call: 'if_nametoindex(eth7)' }),
    );
  });
});
