import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes.ts';
import { formatLun, formatScsiSense, parseScsiSense, scsiOperationName, scsiStatusName } from './scsi.ts';

describe('scsiOperationName', () => {
  it.each([
    ['00', 'TEST UNIT READY'],
    ['12', 'INQUIRY'],
    ['25', 'READ CAPACITY(10)'],
    ['9e10', 'READ CAPACITY(16)'],
    ['9e12', 'operation 0x9e'],
    ['a0', 'REPORT LUNS'],
    ['28', 'READ(10)'],
    ['88', 'READ(16)'],
    ['2a', 'WRITE(10)'],
    ['8a', 'WRITE(16)'],
    ['b5', 'operation 0xb5'],
    ['', 'no operation'],
  ])('names %s', (cdb, name) => {
    expect(scsiOperationName(fromHex(cdb))).toBe(name);
  });
});

describe('scsiStatusName', () => {
  it('names what it knows and tells the rest as a number', () => {
    expect([0, 2, 8, 0x28, 0x99].map(scsiStatusName)).toEqual([
      'GOOD',
      'CHECK CONDITION',
      'BUSY',
      'TASK SET FULL',
      'status 0x99',
    ]);
  });
});

describe('parseScsiSense', () => {
  it.each([
    ['fixed', '70 00 05 00000000 0a 00000000 25 00 00000000', 'ILLEGAL REQUEST, logical unit not supported'],
    ['descriptor', '72 02 3a 00', 'NOT READY, medium not present'],
    ['fixed, cut behind the key', 'f0 00 03', 'MEDIUM ERROR'],
    ['unnamed code', '72 0b 47 03', 'ABORTED COMMAND, additional sense code 0x47 0x03'],
  ])('reads sense data: %s', (_, sense, text) => {
    const parsed = parseScsiSense(fromHex(sense));
    expect(parsed && formatScsiSense(parsed)).toBe(text);
  });

  it.each(['', '00', '7f 05 25', '70 00', '72'])('does not read "%s"', (sense) => {
    expect(parseScsiSense(fromHex(sense))).toBeUndefined();
  });
});

describe('formatLun', () => {
  it.each([
    ['0000000000000000', '0'],
    ['0001000000000000', '1'],
    ['4123000000000000', '291'],
    ['0101000000000000', '0101-0000-0000-0000'],
    ['47523a4f6b7e2f99', '4752-3a4f-6b7e-2f99'],
  ])('writes %s as %s', (lun, text) => {
    expect(formatLun(fromHex(lun))).toBe(text);
  });
});
