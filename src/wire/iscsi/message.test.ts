import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes.ts';
import { formatIscsi, type IscsiMessage, readIscsiMessage } from './message.ts';
import { ISCSI_OPCODE } from './opcode.ts';
import { iscsiPdu, parseIscsiPdu } from './pdu.ts';
import {
  CHECK_CONDITION,
  DATA_IN,
  LOGIN_REQUEST,
  LOGIN_RESPONSE,
  READ_10,
  TEST_UNIT_READY,
} from './testing/pdus.ts';

function read(bytes: Uint8Array): { message: IscsiMessage; line: string } {
  const parsed = parseIscsiPdu(bytes);
  if (!parsed.ok) throw parsed.error;
  return { message: readIscsiMessage(parsed.value.pdu), line: formatIscsi(parsed.value.pdu) };
}

describe('readIscsiMessage', () => {
  it('reads a Login Request', () => {
    expect(read(LOGIN_REQUEST)).toEqual({
      line: 'Login Request, 143 bytes of data, security to operational',
      message: {
        kind: 'login-request',
        transit: true,
        continues: false,
        currentStage: 'security',
        nextStage: 'operational',
        isid: fromHex('400027231ecf'),
        tsih: 0,
        versionMax: 0,
        versionMin: 0,
        cid: 0,
        pairs: [
          { key: 'InitiatorName', value: 'iqn.2007-08.com.example.initiator:initiator' },
          { key: 'TargetName', value: 'iqn.2007-08.com.example.san:sometarget' },
          { key: 'SessionType', value: 'Normal' },
          { key: 'AuthMethod', value: 'None' },
        ],
      },
    });
  });

  it('reads a Login Response and its status', () => {
    expect(read(LOGIN_RESPONSE)).toMatchObject({
      line: 'Login Response, 39 bytes of data, security to operational, success',
      message: { kind: 'login-response', statusClass: 0, statusDetail: 0, versionActive: 0 },
    });
    const refused = new Uint8Array(LOGIN_RESPONSE);
    refused.set([2, 3], 36);
    expect(read(refused)).toMatchObject({
      line: 'Login Response, 39 bytes of data, security to operational, not found',
      message: { statusClass: 2, statusDetail: 3 },
    });
  });

  it('reads what a boot does with a disk', () => {
    expect(read(TEST_UNIT_READY)).toMatchObject({
      line: 'SCSI Command, 0 bytes of data, TEST UNIT READY of LUN 1',
      message: { operation: 'TEST UNIT READY', read: false, write: false },
    });
    expect(read(CHECK_CONDITION)).toMatchObject({
      line: 'SCSI Response, 20 bytes of data, CHECK CONDITION, UNIT ATTENTION, power on, reset, or bus device reset occurred',
      message: { response: 0, status: 2, sense: { key: 6, code: 0x29, qualifier: 0 } },
    });
    expect(read(READ_10)).toMatchObject({
      message: { operation: 'READ(10)', read: true, write: false, expectedLength: 512 },
    });
    expect(read(DATA_IN)).toMatchObject({
      line: 'SCSI Data-In, 8 bytes of data, GOOD',
      message: { octets: 8, bufferOffset: 0, status: 0 },
    });
  });

  it.each([
    [ISCSI_OPCODE.logoutRequest, { flags: 0x81 }, { kind: 'logout-request', reason: 1 }, 'Logout Request'],
    [ISCSI_OPCODE.logoutResponse, { specific: 0x0200 }, { response: 2 }, 'Logout Response'],
    [ISCSI_OPCODE.nopIn, { words: [0xffffffff] }, { targetTransferTag: 0xffffffff }, 'NOP-In'],
    [ISCSI_OPCODE.nopOut, {}, { kind: 'nop-out', targetTransferTag: 0 }, 'NOP-Out'],
    [
      ISCSI_OPCODE.dataOut,
      { words: [0, 0, 0, 0, 0, 512] },
      { bufferOffset: 512, octets: 0 },
      'SCSI Data-Out',
    ],
    [ISCSI_OPCODE.reject, { specific: 0x0400 }, { kind: 'reject', reason: 4 }, 'Reject'],
    [ISCSI_OPCODE.asyncMessage, { words: [0, 0, 0, 0, 0x01000000] }, { event: 1 }, 'Asynchronous Message'],
    [ISCSI_OPCODE.textRequest, { flags: 0x80 }, { kind: 'text-request', final: true }, 'Text Request'],
    [ISCSI_OPCODE.textResponse, { flags: 0x40 }, { continues: true, final: false }, 'Text Response'],
    [ISCSI_OPCODE.readyToTransfer, {}, { kind: 'other', opcode: 0x31 }, 'R2T'],
    [0x1c, {}, { kind: 'other', opcode: 0x1c }, 'opcode 0x1c'],
  ])('reads opcode %i', (opcode, fields, message, name) => {
    const pdu = iscsiPdu({ opcode, ...fields });
    expect(readIscsiMessage(pdu)).toMatchObject(message);
    expect(formatIscsi(pdu).startsWith(`${name}, 0 bytes of data`)).toBe(true);
  });
});
