/**
 * What a boot needs to know of SCSI inside iSCSI: SAM-5 §5.3 (status), SPC-4 §4.5 (sense data), operation codes of SPC-4 and
 * SBC-3, and LUNs as SAM-5 §4.7 writes them. A code that is not named here is told as a number.
 */
import { toHex, u16At } from '../bytes.ts';

const OPERATION: Readonly<Record<number, string>> = {
  0: 'TEST UNIT READY',
  3: 'REQUEST SENSE',
  8: 'READ(6)',
  10: 'WRITE(6)',
  18: 'INQUIRY',
  26: 'MODE SENSE(6)',
  27: 'START STOP UNIT',
  37: 'READ CAPACITY(10)',
  40: 'READ(10)',
  42: 'WRITE(10)',
  53: 'SYNCHRONIZE CACHE(10)',
  136: 'READ(16)',
  138: 'WRITE(16)',
  160: 'REPORT LUNS',
  168: 'READ(12)',
  170: 'WRITE(12)',
};
/** SBC-3 §5.16: operation code 0x9e is READ CAPACITY(16) only with this service action. */
const SERVICE_ACTION_IN_16 = 0x9e;
const READ_CAPACITY_16 = 0x10;

const STATUS: Readonly<Record<number, string>> = {
  0: 'GOOD',
  2: 'CHECK CONDITION',
  4: 'CONDITION MET',
  8: 'BUSY',
  24: 'RESERVATION CONFLICT',
  40: 'TASK SET FULL',
  48: 'ACA ACTIVE',
  64: 'TASK ABORTED',
};

const SENSE_KEYS = [
  'NO SENSE',
  'RECOVERED ERROR',
  'NOT READY',
  'MEDIUM ERROR',
  'HARDWARE ERROR',
  'ILLEGAL REQUEST',
  'UNIT ATTENTION',
  'DATA PROTECT',
  'BLANK CHECK',
  'VENDOR SPECIFIC',
  'COPY ABORTED',
  'ABORTED COMMAND',
  'sense key 0xc',
  'VOLUME OVERFLOW',
  'MISCOMPARE',
  'COMPLETED',
] as const;
/** It tells of something that happened before (a reset, a new disk), not that this command was wrong. */
export const UNIT_ATTENTION = 6;

/** Additional sense code and qualifier, for what a boot meets. */
const ADDITIONAL: Readonly<Record<number, string>> = {
  1025: 'logical unit is in process of becoming ready',
  1026: 'logical unit not ready, initializing command required',
  1027: 'logical unit not ready, manual intervention required',
  4352: 'unrecovered read error',
  8192: 'invalid command operation code',
  8448: 'logical block address out of range',
  9216: 'invalid field in CDB',
  9472: 'logical unit not supported',
  9984: 'write protected',
  10496: 'power on, reset, or bus device reset occurred',
  10761: 'capacity data has changed',
  14848: 'medium not present',
  16142: 'reported LUNs data has changed',
  17408: 'internal target failure',
};

const octet = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`;

/** `READ(10)`; `operation 0xb5` where it is not named. */
export function scsiOperationName(cdb: Uint8Array): string {
  const [code, second] = cdb;
  if (code === undefined) return 'no operation';
  if (code === SERVICE_ACTION_IN_16 && ((second ?? 0) & 0x1f) === READ_CAPACITY_16)
    return 'READ CAPACITY(16)';
  return OPERATION[code] ?? `operation ${octet(code)}`;
}

export function scsiStatusName(status: number): string {
  return STATUS[status] ?? `status ${octet(status)}`;
}

export type ScsiSense = { readonly key: number; readonly code: number; readonly qualifier: number };

/** In fixed or descriptor format (SPC-4 §4.5.2, §4.5.3); undefined where it is neither, or cut. */
export function parseScsiSense(sense: Uint8Array): ScsiSense | undefined {
  const format = (sense[0] ?? 0) & 0x7f;
  const [key, code, qualifier] =
    format === 0x70 || format === 0x71
      ? [sense[2], sense[12], sense[13]]
      : format === 0x72 || format === 0x73
        ? [sense[1], sense[2], sense[3]]
        : [];
  if (key === undefined) return undefined;
  return { key: key & 0x0f, code: code ?? 0, qualifier: qualifier ?? 0 };
}

/** `ILLEGAL REQUEST, logical unit not supported`. */
export function formatScsiSense({ key, code, qualifier }: ScsiSense): string {
  const name = SENSE_KEYS[key] ?? `sense key ${octet(key)}`;
  const additional = ADDITIONAL[code * 0x100 + qualifier];
  if (additional !== undefined) return `${name}, ${additional}`;
  return code === 0 && qualifier === 0
    ? name
    : `${name}, additional sense code ${octet(code)} ${octet(qualifier)}`;
}

/** `1` for a LUN of one level that is a number; else the four groups that RFC 4173 §5 writes: `4752-3a4f-6b7e-2f99`. */
export function formatLun(lun: Uint8Array): string {
  if (lun.length === 8 && lun.subarray(2).every((byte) => byte === 0)) {
    const first = u16At(lun, 0);
    // Peripheral device addressing on bus 0, and flat space addressing.
    if (first < 0x100) return String(first);
    if (first >> 14 === 1) return String(first & 0x3fff);
  }
  return toHex(lun).replace(/.{4}(?=.)/g, '$&-');
}
