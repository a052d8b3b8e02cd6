/** For tests: PDUs of a login and a boot, from captures/lab/iscsi-sanboot.pcap. */
import { fromHex, toHex } from '../../bytes.ts';

const text = (...pairs: readonly string[]): string =>
  toHex(Buffer.from(pairs.map((pair) => `${pair}\0`).join(''), 'latin1'));

/** Frames 51 and 53. */
export const LOGIN_REQUEST = fromHex(
  '43 81 00 00', // Login Request, immediate; T, security to operational; versions
  '00 00008f', // TotalAHSLength, DataSegmentLength
  '400027231ecf 0000', // ISID, TSIH
  '18ae0001', // task tag
  '0000 0000', // CID
  '00000000 00000001', // CmdSN, ExpStatSN
  '00000000 00000000 00000000 00000000',
  text(
    'InitiatorName=iqn.2007-08.com.example.initiator:initiator',
    'TargetName=iqn.2007-08.com.example.san:sometarget',
    'SessionType=Normal',
    'AuthMethod=None',
  ),
  '00', // padding
);

/** Frame 55. */
export const LOGIN_RESPONSE = fromHex(
  '23 81 00 00', // Login Response; T, security to operational; versions
  '00 000027',
  '400027231ecf 0000',
  '18ae0001',
  '00000000',
  '00000000 00000000 00000001', // StatSN, ExpCmdSN, MaxCmdSN
  '00 00 0000', // Status-Class, Status-Detail
  '00000000 00000000',
  text('TargetPortalGroupTag=1', 'AuthMethod=None'),
  '00',
);

/** Frame 63. */
export const TEST_UNIT_READY = fromHex(
  '01 81 0000', // SCSI Command; F, simple
  '00 000000',
  '0001000000000000', // LUN 1
  '18ae0002',
  '00000000', // Expected Data Transfer Length
  '00000000 00000002',
  '00000000000000000000000000000000', // CDB
);

/** Frame 64. */
export const CHECK_CONDITION = fromHex(
  '21 80 00 02', // SCSI Response; completed, CHECK CONDITION
  '00 000014',
  '0000000000000000',
  '18ae0002',
  '00000000', // SNACK tag
  '00000002 00000001 00000081', // StatSN, ExpCmdSN, MaxCmdSN
  '00000000 00000000 00000000',
  '0012', // sense length
  '70 00 06 00000000 0a 00000000 29 00 00000000', // fixed format, UNIT ATTENTION, power on
);

/** Frame 76. */
export const READ_10 = fromHex(
  '01 c1 0000', // SCSI Command; F, R, simple
  '00 000000',
  '0001000000000000',
  '18ae0006',
  '00000200', // Expected Data Transfer Length
  '00000004 00000006',
  '28 00 00000000 00 0001 00 000000000000', // READ(10): one block from 0
);

/** Frame 77, without its last 504 octets of data. */
export const DATA_IN = fromHex(
  '25 81 0000', // SCSI Data-In; F, S; GOOD
  '00 000008',
  '0000000000000000',
  '18ae0006',
  'ffffffff', // Target Transfer Tag
  '00000006 00000005 00000085', // StatSN, ExpCmdSN, MaxCmdSN
  '00000000 00000000 00000000', // DataSN, Buffer Offset, Residual Count
  '31c08ed8be147cac',
);
