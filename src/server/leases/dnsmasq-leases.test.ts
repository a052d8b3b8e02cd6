import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDnsmasqLeases } from './dnsmasq-leases.ts';

const LINE = '1764057600 00:12:34:56:78:90 10.188.0.66 pc1 01:00:12:34:56:78:90';

describe('parseDnsmasqLeases', () => {
  it('reads end, client, address, name and identifier', () => {
    expect(parseDnsmasqLeases(`${LINE}\n`)).toEqual({
      leases: [
        {
          line: 1,
          until: 1_764_057_600_000,
          htype: 1,
          hardware: Uint8Array.of(0, 0x12, 0x34, 0x56, 0x78, 0x90),
          address: '10.188.0.66',
          hostName: 'pc1',
          clientId: Uint8Array.of(1, 0, 0x12, 0x34, 0x56, 0x78, 0x90),
        },
      ],
      malformed: [],
      ipv6: 0,
    });
  });

  it('reads an end of 0 as never, and * as no name and no identifier', () => {
    const [lease] = parseDnsmasqLeases('0 00:12:34:56:78:90 10.188.0.66 * *').leases;
    expect(lease).toMatchObject({ until: undefined, hostName: undefined, clientId: undefined });
  });

  it('reads hardware of another type than Ethernet, and of no octets', () => {
    const text = `5 20-00:11:22:33:44:55:66:77 10.0.0.1 * *\n5 06- 10.0.0.2 * ff:00\n`;
    expect(parseDnsmasqLeases(text).leases).toMatchObject([
      { htype: 0x20, hardware: { length: 8 } },
      { htype: 6, hardware: { length: 0 }, clientId: Uint8Array.of(0xff, 0) },
    ]);
  });

  it('counts what stands after duid, and leaves it out', () => {
    const text = `${LINE}\nduid 00:01:00:01:2d:00\n1764057600 123 fd00::5 pc1 00:01\n1764057600 T7 fd00::6 * 00:02\n`;
    expect(parseDnsmasqLeases(text)).toMatchObject({ leases: { length: 1 }, malformed: [], ipv6: 2 });
  });

  it.each([
    ['1764057600 00:12:34:56:78:90 10.188.0.66', 'wanted 5 words, got 3'],
    [`${LINE} more`, 'wanted 5 words, got 6'],
    ['soon 00:12:34:56:78:90 10.188.0.66 * *', 'end: wanted seconds since 1970, got "soon"'],
    [
      '9999999999999 00:12:34:56:78:90 10.188.0.66 * *',
      'end: wanted seconds since 1970, got "9999999999999"',
    ],
    [
      '5 00:12:34:56:78:9 10.188.0.66 * *',
      'hardware address: wanted octets like 00:12:34:56:78:90, got "00:12:34:56:78:9"',
    ],
    ['5 00:12:34:56:78:90 10.188.0.266 * *', 'address: wanted one like 10.188.0.66, got "10.188.0.266"'],
    ['5 00:12:34:56:78:90 10.188.0.66 * 0102', 'client identifier: wanted octets or *, got "0102"'],
  ])('names line and field of "%s"', (text, problem) => {
    expect(parseDnsmasqLeases(`\n${text}\n${LINE}\n`)).toMatchObject({
      leases: [{ line: 3 }],
      malformed: [{ line: 2, problem }],
    });
  });

  it('takes no text for a crash: every line is a lease, malformed, or of DHCPv6', () => {
    const word = fc.constantFrom(
      '0',
      '5',
      '1764057600',
      '00:12:34:56:78:90',
      '06-',
      '10.0.0.1',
      '*',
      'duid',
      '-',
      'é',
    );
    const line = fc.oneof(
      fc.array(word, { maxLength: 7 }).map((words) => words.join(' ')),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.join('\n');
        const { leases, malformed, ipv6 } = parseDnsmasqLeases(text);
        const told = text
          .split('\n')
          .filter((one) => one.trim() !== '' && one.trim().split(/\s+/)[0] !== 'duid');
        expect(leases.length + malformed.length + ipv6).toBe(told.length);
      }),
    );
  });
});
