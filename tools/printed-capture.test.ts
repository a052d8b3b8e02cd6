import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PRINTED_CAPTURE, printedCapture } from './printed-capture.ts';

/** As it stands in the write-up, but for tabs and spaces at the ends of lines. */
const PRINTED = `15:14:41.719114 IP (tos 0x0, ttl 64, id 1, offset 0, flags [none], proto UDP (17), length 415)
0.0.0.0.68 > 255.255.255.255.67: BOOTP/DHCP, Request from 00:12:34:56:78:90, length 387, xid 0x71ceb4, secs 4, Flags [none]
Client-Ethernet-Address 00:12:34:56:78:90
Vendor-rfc1048 Extensions
Magic Cookie 0x63825363
DHCP-Message Option 53, length 1: Discover
MSZ Option 57, length 2: 1472
ARCH Option 93, length 2: 0
NDI Option 94, length 3: 1.2.1
Vendor-Class Option 60, length 32: "PXEClient:Arch:00000:UNDI:002001"
CLASS Option 77, length 4: "iPXE"
Parameter-Request Option 55, length 13:
Subnet-Mask, Default-Gateway, Domain-Name-Server, LOG
Hostname, Domain-Name, RP, Vendor-Option
Vendor-Class, TFTP, BF, Option 175
Option 203
T175 Option 175, length 45: 177.5.1.26.244.16.0.24.1.1.35.1.1.34.1.1.25.1.1.33.1.1.16.1.2.19.1.1.17.1.1.235.3.1.0.0.23.1.1.21.1.1.18.1.1
Client-ID Option 61, length 7: ether 00:12:34:56:78:90
GUID Option 97, length 17: 0.99.10.237.238.79.65.104.58.28.29.107.2.246.140.217.96`;

/** How tcpdump of today says what that of the write-up said, line by line. */
function asTodays(line: string): string {
  // What is no list of RFC 3004 it prints as a fault, and not as what it is (R6 of the field reports).
  if (line.startsWith('CLASS Option 77'))
    return 'User-Class (77), length 4:\ninstance#1: [ERROR: invalid option]';
  return line.replace(/^T175 Option (\d+),/, 'Unknown ($1),').replace(/ Option (\d+),(?= length)/, ' ($1),');
}

describe('printedCapture', () => {
  it('is the file that is kept', () => {
    expect(Buffer.from(printedCapture()).equals(readFileSync(PRINTED_CAPTURE))).toBe(true);
  });

  it('is printed by tcpdump as it is in the write-up', () => {
    const env = { ...process.env, TZ: 'UTC' };
    const out = execFileSync('tcpdump', ['-n', '-v', '-r', PRINTED_CAPTURE], {
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    const lines = out
      .trim()
      .split('\n')
      .map((line) => line.trim());
    // Of the parameters it names more today, and gives their numbers.
    const isList = (line: string) =>
      /^(Subnet-Mask|Hostname|Vendor-Class( \(60\))?, TFTP|Option 203$|Unknown \(203\)$)/.test(line);
    expect(lines.filter((line) => !isList(line))).toEqual(
      PRINTED.split('\n')
        .filter((line) => !isList(line))
        .flatMap((line) => asTodays(line).split('\n')),
    );
    const codes = lines
      .filter(isList)
      .flatMap((line) => [...line.matchAll(/\((\d+)\)/g)].map(([, code]) => Number(code)));
    expect(codes).toEqual([1, 3, 6, 7, 12, 15, 17, 43, 60, 66, 67, 175, 203]);
  });
});
