import { getuid } from 'node:process';
import dnsPacket from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { openPacketSocket } from '../os/packet-socket.ts';
import { mac } from '../wire/address.ts';
import { serializeEthernet } from '../wire/ethernet.ts';
import { SEED_LAB, seedLab } from './lab-spec.ts';
import { startLab } from './start-lab.ts';
import { inHost } from './testing/in-host.ts';
import { icmpv6In, routerSolicitation, udpIn, udpOn } from './testing/lab-traffic.ts';
import { watchCapture } from './testing/watch-capture.ts';

describe.skipIf(getuid?.() !== 0)('Lab.capture and Lab.inject (need root: run as root)', () => {
  it('answers a router solicitation as the gateway: lifetime 0, no prefix, to all nodes', async () => {
    await using lab = await startLab(SEED_LAB);
    const watch = watchCapture(lab);
    lab.inject(routerSolicitation());
    const frame = await watch.until((one) => icmpv6In(one)?.message.kind === 'router-advertisement');

    expect(watch.portOf(frame)).toBe('gateway');
    expect(icmpv6In(frame)).toMatchObject({
      from: '02:00:0a:bc:00:01',
      packet: { source: 'fe80::aff:febc:1', destination: 'ff02::1', hopLimit: 255 },
      message: {
        lifetime: 0,
        managed: false,
        otherConfig: false,
        options: [{ kind: 'source-link-layer' }],
      },
    });
    expect(watch.frames.map((one) => watch.portOf(one))).toEqual(['inject', 'gateway']);
  });

  it('leaves a router solicitation unanswered where the spec says so', async () => {
    await using lab = await startLab(seedLab({ routerAdvertisements: 'none' }));
    const watch = watchCapture(lab);
    using sends = udpOn(lab, 'pxe', '10.188.0.10', 7);
    lab.inject(routerSolicitation());
    await watch.until((frame) => icmpv6In(frame)?.message.kind === 'router-solicitation');
    // The fence: what is asked after the solicitation is answered after it would have been.
    sends.send(
      dnsPacket.encode({ type: 'query', id: 1, questions: [{ type: 'A', name: 'pxe.example.com' }] }),
      53,
      '10.188.0.20',
    );
    await watch.until((frame) => udpIn(frame)?.sourcePort === 53);

    expect(watch.frames.filter((frame) => icmpv6In(frame) !== undefined)).toHaveLength(1);
  });

  it('loses no frame of 30,000 full-sized ones in a second, and shows them in order', async () => {
    await using lab = await startLab(SEED_LAB);
    const watch = watchCapture(lab);
    using socket = inHost(lab, 'pxe', () => openPacketSocket('eth0', 'nothing'));
    const total = 30_000;
    const frame = new Uint8Array(1514).fill(0xa5);
    frame.set([0x02, 0, 0, 0, 0, 0x99, 0x02, 0, 0, 0, 0, 0x10, 0x88, 0xb5]);
    const view = new DataView(frame.buffer);
    for (let sent = 0; sent < total; ) {
      for (let i = 0; i < 300; i++, sent++) {
        view.setUint32(14, sent);
        socket.send(frame);
      }
      await new Promise((resolve) => setTimeout(resolve, 8));
    }

    expect(await lab.capture.stop()).toEqual({ frames: total, dropped: 0, cut: 0, unfinishedChecksums: 0 });
    await watch.ended;
    const numbers = watch.frames.map(({ bytes }) =>
      new DataView(bytes.buffer, bytes.byteOffset).getUint32(14),
    );
    expect(numbers).toEqual(Array.from({ length: total }, (_, i) => i));
  });

  it('sends all of 20,000 frames that are injected at once, in order', async () => {
    await using lab = await startLab(SEED_LAB);
    const watch = watchCapture(lab);
    const total = 20_000;
    const frame = Uint8Array.from({ length: 600 }, () => 0xff);
    for (let i = 0; i < total; i++) {
      new DataView(frame.buffer).setUint32(14, i);
      lab.inject(frame);
    }
    await watch.until(() => watch.frames.length === total);

    const numbers = watch.frames.map(({ bytes }) =>
      new DataView(bytes.buffer, bytes.byteOffset).getUint32(14),
    );
    expect(numbers).toEqual(Array.from({ length: total }, (_, i) => i));
    expect(await lab.capture.stop()).toMatchObject({ frames: total, dropped: 0 });
  });

  it('shows a frame within milliseconds', async () => {
    await using lab = await startLab(SEED_LAB);
    const watch = watchCapture(lab);
    const delays: number[] = [];
    for (let i = 0; i < 20; i++) {
      const { frames } = watch;
      lab.inject(new Uint8Array(60).fill(i));
      await watch.until(() => frames.length > i);
      // Not performance.now(), which does not follow the wall clock's steps.
      delays.push(Date.now() - Number((frames[i]?.timeNs ?? 0n) / 1_000_000n));
    }
    // The median: one delay alone says how busy the machine is.
    expect(delays.sort((a, b) => a - b)[10]).toBeLessThan(10);
  });

  it('sends a frame as a host, or from a port of its own, and the bridge learns where it came from', async () => {
    await using lab = await startLab(SEED_LAB);
    const watch = watchCapture(lab);
    using dns = inHost(lab, 'dns', () => openPacketSocket('eth0', 0x88b5));
    using gateway = inHost(lab, 'gateway', () => openPacketSocket('eth0', 0x88b5));
    const frame = (from: string, to: string): Uint8Array =>
      serializeEthernet({
        source: mac(from),
        destination: mac(to),
        etherType: 0x88b5,
        payload: new Uint8Array(46),
      });
    const unicast = frame('02:00:00:00:00:02', '02:00:00:00:00:01');
    lab.inject(frame('02:00:00:00:00:01', 'ff:ff:ff:ff:ff:ff'), 'dns');
    lab.inject(unicast);
    await watch.until(() => watch.frames.length === 2);

    expect(watch.frames.map((one) => watch.portOf(one))).toEqual(['dns', 'inject']);
    // The bridge has learnt 02:...:01 at dns: the answer goes there and nowhere else.
    expect(dns.receive()).toEqual(unicast);
    expect(gateway.receive()?.subarray(0, 6)).toEqual(Uint8Array.of(255, 255, 255, 255, 255, 255));
    expect(gateway.receive()).toBeUndefined();
    for (const length of [13, 1515]) {
      expect(() => lab.inject(new Uint8Array(length))).toThrow(
        expect.objectContaining({ code: 'LAB_BAD_FRAME' }),
      );
    }
    expect(() => lab.inject(unicast, 'san')).toThrow(expect.objectContaining({ code: 'LAB_NO_SUCH_PORT' }));
  });
});
