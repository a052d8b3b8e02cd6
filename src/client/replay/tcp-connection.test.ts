import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LINKTYPE } from '../../pcap/link-type.ts';
import { openFrame } from '../../story/packet.ts';
import { ipv4, mac } from '../../wire/address.ts';
import { ETHER_TYPE, parseEthernet } from '../../wire/ethernet.ts';
import { ReplayHost } from './host.ts';
import { TcpConnection, type TcpEnd } from './tcp-connection.ts';
import { PEER, type Served, TcpPeer } from './testing/tcp-peer.ts';

type Heard = { readonly data: Buffer; readonly ends: readonly TcpEnd[]; readonly at: number };

/**
 * One connection that asks `request`, in virtual time. `loses` says of each frame, both ways, whether it is lost. Runs until
 * nothing is to come.
 */
function connection(
  peer: TcpPeer,
  request: string,
  { port = 80, loses = () => false }: { readonly port?: number; readonly loses?: () => boolean } = {},
): Heard {
  const wire: Uint8Array[] = [];
  let now = 0;
  let number = 0;
  const send = (frame: Uint8Array): void => {
    const isArp = parseEthernet(frame).ok && frame[12] === ETHER_TYPE.arp >> 8 && frame[13] === 6;
    if (!isArp && loses()) return;
    wire.push(...peer.answer(frame, now).filter(() => isArp || !loses()));
  };
  const host = new ReplayHost(mac('00:12:34:56:78:90'), send);
  host.address = ipv4('10.188.0.66');
  const data: Uint8Array[] = [];
  const ends: TcpEnd[] = [];
  const spec = { host, server: PEER.ip, serverPort: port, clientPort: 49_152 };
  const tcp = new TcpConnection(
    { ...spec, initialSeq: 0xffff_fff0, options: [{ kind: 'mss', mss: 1460 }] },
    {
      data: (bytes) => void data.push(bytes.slice()),
      end: (how) => {
        ends.push(how);
        tcp.finish(now);
      },
    },
  );
  tcp.connect(now);
  tcp.write(Buffer.from(request, 'latin1'), now);
  for (let turns = 0; turns < 20_000; turns++) {
    const bytes = wire.shift();
    if (bytes !== undefined) {
      number++;
      const common = { number, bytes, timeNs: BigInt(number), originalLength: bytes.length };
      const frame = { ...common, interfaceId: 0, linkType: LINKTYPE.ethernet };
      const ethernet = parseEthernet(bytes);
      if (ethernet.ok && ethernet.value.etherType === ETHER_TYPE.arp) host.arp(ethernet.value.payload);
      const opened = openFrame(frame);
      if (opened.kind === 'packet' && host.hear(opened.packet)) tcp.take(opened.packet, now);
      continue;
    }
    const next = Math.min(tcp.wakeAt, peer.wakeAt);
    if (next === Number.POSITIVE_INFINITY || ends.includes('silent')) break;
    now = Math.max(now, next);
    if (tcp.wakeAt <= now) tcp.wake(now);
    wire.push(...peer.wake(now).filter(() => !loses()));
  }
  return { data: Buffer.concat(data), ends, at: now };
}

const GET = 'GET / HTTP/1.0\r\n\r\n';
const serving = (served: Served | undefined) => new TcpPeer(80, () => served);

describe('TcpConnection', () => {
  it('asks, and hears every octet and the end, over the wrap of sequence numbers', () => {
    const octets = randomBytes(100_000);
    const peer = serving({ octets, after: 'close' });
    const { data, ends } = connection(peer, GET);
    expect(peer.requests).toEqual([GET]);
    expect(data.equals(octets)).toBe(true);
    expect(ends).toEqual(['fin']);
  });

  it('sends what is longer than a segment in several', () => {
    const long = `GET /${'x'.repeat(5000)} HTTP/1.0\r\n\r\n`;
    const peer = serving({ octets: 'y', after: 'close' });
    expect(connection(peer, long).data.toString()).toBe('y');
    expect(peer.requests).toEqual([long]);
  });

  it('says that it was refused, reset, or that nobody is there', () => {
    expect(connection(serving(undefined), GET, { port: 81 }).ends).toEqual(['refused']);
    expect(connection(serving({ octets: 'half', after: 'reset' }), GET)).toMatchObject({
      data: Buffer.from('half'),
      ends: ['reset'],
    });
    const silent = connection(serving(undefined), GET, { loses: () => true });
    expect(silent.ends).toEqual(['silent']);
    // 1, 2, 4, 8, 16 and 32 s.
    expect(silent.at).toBe(63_000);
  });

  it('loses nothing to a network that loses every fifth frame', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 20_000 }), (seed, size) => {
        const octets = randomBytes(size);
        let state = seed;
        const loses = (): boolean => {
          // Numerical Recipes' generator.
          state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
          return (state >>> 16) % 5 === 0;
        };
        const { data, ends } = connection(serving({ octets, after: 'close' }), GET, { loses });
        // Six tries may all be lost; then it says so.
        expect(ends[0] === 'silent' || data.equals(octets)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
