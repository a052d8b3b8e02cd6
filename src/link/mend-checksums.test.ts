import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4 } from '../wire/address.ts';
import { foldSum, pseudoHeaderSum } from '../wire/checksum.ts';
import { mendChecksums } from './mend-checksums.ts';
import { dhcpFrame, tcpFrame, udpFrame } from './testing/frames.ts';

const ADDRESSES = { source: ipv4('10.188.0.10'), destination: ipv4('10.188.0.66') };
const HEADERS = 14 + 20;
const FLAGS = {
  fin: false,
  syn: false,
  rst: false,
  psh: false,
  ack: true,
  urg: false,
  ece: false,
  cwr: false,
};

/** As a kernel with checksum offload leaves it: the field holds the pseudo header's sum. */
function unfinished(frame: Uint8Array, protocol: number, fieldAt: number): Uint8Array {
  const copy = frame.slice();
  const sum = foldSum(pseudoHeaderSum(ADDRESSES, protocol, frame.length - HEADERS));
  copy[HEADERS + fieldAt] = sum >>> 8;
  copy[HEADERS + fieldAt + 1] = sum & 0xff;
  return copy;
}

describe('mendChecksums', () => {
  it('finishes what a sender left to hardware, of UDP and of TCP', () => {
    const udp = udpFrame('network', [67, 68], new Uint8Array(301).fill(5));
    const tcp = tcpFrame('network', {
      sourcePort: 80,
      destinationPort: 9,
      seq: 1,
      flags: FLAGS,
      payload: Uint8Array.of(1),
    });
    expect(mendChecksums(unfinished(udp, 17, 6), 'unfinished')).toEqual(udp);
    expect(mendChecksums(unfinished(tcp, 6, 16), 'unfinished')).toEqual(tcp);
  });

  it('leaves a wrong checksum wrong, and a right frame as it is', () => {
    const frame = dhcpFrame('offer');
    const wrong = frame.slice();
    wrong[60] = 0x55;
    expect(mendChecksums(wrong, 'unfinished')).toBe(wrong);
    expect(mendChecksums(frame, 'unfinished')).toBe(frame);
  });

  it('makes all right again, whatever bit was turned over in the payload', () => {
    const payload = fc.uint8Array({ minLength: 8, maxLength: 64 });
    fc.assert(
      fc.property(payload, fc.nat(7), fc.nat(7), (octets, at, bit) => {
        const turned = octets.slice();
        turned[at] = (turned[at] as number) ^ (1 << bit);
        const damaged = udpFrame('client', [1, 2], octets).slice();
        damaged[42 + at] = turned[at] as number;
        expect(mendChecksums(damaged, 'all')).toEqual(udpFrame('client', [1, 2], turned));
      }),
    );
  });
});
