import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4, ipv6FromBytes } from './address.ts';
import { fromHex } from './bytes.ts';
import { addWords, checksumState, foldSum, internetChecksum, pseudoHeaderSum } from './checksum.ts';

describe('internetChecksum', () => {
  it('agrees with the example of RFC 1071 §3', () => {
    expect(foldSum(addWords(fromHex('0001 f203 f4f5 f6f7')))).toBe(0xddf2);
    expect(internetChecksum(fromHex('0001 f203 f4f5 f6f7'))).toBe(0x220d);
  });

  it('counts a last odd octet as the high half of a word', () => {
    expect(internetChecksum(fromHex('ab'))).toBe(0xffff - 0xab00);
  });

  it('makes octets sum up to 0xffff when it is put behind them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const even = bytes.length % 2 === 0 ? bytes : bytes.subarray(1);
        const sum = internetChecksum(even);
        expect(foldSum(addWords(new Uint8Array([...even, sum >> 8, sum & 255])))).toBe(0xffff);
      }),
    );
  });

  it('is exact for more octets than 32 bits of sum can hold', () => {
    const bytes = new Uint8Array(70_000 * 2).fill(0xff);
    expect(foldSum(addWords(bytes, 2 ** 33))).toBe(foldSum(addWords(bytes) + 2));
  });
});

describe('pseudoHeaderSum', () => {
  // RFC 768: source, destination, 0, protocol, length.
  it('sums the pseudo header of IPv4', () => {
    const addresses = { source: ipv4('10.188.0.66'), destination: ipv4('10.188.0.20') };
    expect(pseudoHeaderSum(addresses, 17, 41)).toBe(addWords(fromHex('0abc0042 0abc0014 00 11 0029')));
  });

  // RFC 8200 §8.1: the length has 32 bits.
  it('sums the pseudo header of IPv6', () => {
    const source = ipv6FromBytes(fromHex('fe80000000000000021234fffe567890'));
    const destination = ipv6FromBytes(fromHex('ff020000000000000000000000000002'));
    const octets = fromHex(
      'fe80000000000000021234fffe567890 ff020000000000000000000000000002 00012345 0000003a',
    );
    expect(pseudoHeaderSum({ source, destination }, 58, 0x12345)).toBe(addWords(octets));
  });
});

describe('checksumState', () => {
  const addresses = { source: ipv4('10.188.0.66'), destination: ipv4('10.188.0.20') };
  // captures/lab/bios-ipxe-rom.pcap, frame 25 (a DNS query) from UDP on.
  const datagram = fromHex(
    'f8ab00350029ab62',
    'fa470100000100000000000003707865076578616d706c6503636f6d0000010001',
  );

  it('tells correct from wrong', () => {
    expect(checksumState(datagram, 0xab62, addresses, 17)).toBe('correct');
    expect(checksumState(datagram.with(12, 1), 0xab62, addresses, 17)).toBe('wrong');
  });

  it('recognises a checksum that offload was to finish: it holds the sum of the pseudo header', () => {
    // captures/lab/bios-ipxe-rom.pcap, frame 26 (the answer, seen on the bridge): field 0x1618.
    const answer = fromHex(
      '0035f8ab00391618',
      'fa478580000100010000000003707865076578616d706c6503636f6d0000010001c00c000100010000000000040abc000a',
    );
    const back = { source: addresses.destination, destination: addresses.source };
    expect(checksumState(answer, 0x1618, back, 17)).toBe('unfinished');
  });
});
