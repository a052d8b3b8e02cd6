import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4 } from '../wire/address.ts';
import { pseudoHeaderSum } from '../wire/checksum.ts';
import { IP_PROTOCOL } from '../wire/ipv4.ts';
import { parseUdp, serializeUdp, udpChecksum } from '../wire/udp.ts';
import { repairChecksum } from './checksum-repair.ts';

const OLD = { source: ipv4('192.168.1.2'), destination: ipv4('192.168.1.3') };
const NEW = { source: ipv4('10.188.12.2'), destination: ipv4('10.188.12.3') };

function repaired(before: Uint8Array, payload: Uint8Array): Uint8Array {
  const after = before.slice();
  after.set(payload, 8);
  const pseudo = (pair: typeof OLD): number => pseudoHeaderSum(pair, IP_PROTOCOL.udp, before.length);
  repairChecksum({ before, after, at: 6, pseudoBefore: pseudo(OLD), pseudoAfter: pseudo(NEW) }, true);
  return after;
}

function stateOf(bytes: Uint8Array, pair: typeof OLD): string {
  const udp = parseUdp(bytes);
  if (!udp.ok) throw udp.error;
  return udpChecksum(bytes, udp.value, pair);
}

const payloads = fc.integer({ min: 0, max: 60 }).chain((length) => {
  const octets = fc.uint8Array({ minLength: length, maxLength: length });
  return fc.tuple(octets, octets);
});

describe('repairChecksum', () => {
  it('makes a right checksum right again', () => {
    fc.assert(
      fc.property(payloads, ([was, is]) => {
        const before = serializeUdp({ sourcePort: 67, destinationPort: 68, payload: was }, OLD);
        expect(stateOf(repaired(before, is), NEW)).toBe('correct');
      }),
    );
  });

  it('leaves a wrong one wrong, an absent one absent and an unfinished one unfinished', () => {
    fc.assert(
      fc.property(payloads, fc.integer({ min: 0, max: 0xffff }), ([was, is], checksum) => {
        const before = serializeUdp({ sourcePort: 67, destinationPort: 68, payload: was, checksum });
        expect(stateOf(repaired(before, is), NEW)).toBe(stateOf(before, OLD));
      }),
    );
  });
});
