/**
 * What an iSCSI PDU says: RFC 7143 §11.3 to §11.19, as far as a boot and its failures need it. The PDU itself (pdu.ts) keeps
 * every octet; this is a reading of it, and writes nothing.
 *
 * Not read: fields of Task Management, R2T and SNACK (they are told by their opcode), sequence numbers, residual counts.
 */
import { ByteWriter, u16At } from '../bytes.ts';
import { iscsiLoginStatusName } from './login-status.ts';
import { ISCSI_OPCODE } from './opcode.ts';
import { formatIscsiPdu, type IscsiPdu } from './pdu.ts';
import {
  formatLun,
  formatScsiSense,
  parseScsiSense,
  type ScsiSense,
  scsiOperationName,
  scsiStatusName,
} from './scsi.ts';
import { type IscsiTextPair, parseIscsiText } from './text.ts';

/** RFC 7143 §11.12.3; 2 is reserved. */
export type IscsiStage = 'security' | 'operational' | 'full-feature' | 'reserved';
const STAGES: readonly IscsiStage[] = ['security', 'operational', 'reserved', 'full-feature'];

type Login = {
  readonly transit: boolean;
  /** The text goes on in the next PDU. */
  readonly continues: boolean;
  readonly currentStage: IscsiStage;
  /** Means something only with `transit`. */
  readonly nextStage: IscsiStage;
  /** Six octets that tell the initiator's sessions apart. */
  readonly isid: Uint8Array;
  /** 0 until the target gives the session a handle. */
  readonly tsih: number;
  /** What this PDU's data alone says: where a text continues, pairs have to be read from all its PDUs' data. */
  readonly pairs: readonly IscsiTextPair[];
};

export type IscsiMessage =
  | (Login & {
      readonly kind: 'login-request';
      readonly versionMax: number;
      readonly versionMin: number;
      readonly cid: number;
    })
  | (Login & {
      readonly kind: 'login-response';
      readonly versionMax: number;
      readonly versionActive: number;
      readonly statusClass: number;
      readonly statusDetail: number;
    })
  | {
      readonly kind: 'text-request' | 'text-response';
      readonly final: boolean;
      readonly continues: boolean;
      readonly pairs: readonly IscsiTextPair[];
    }
  | { readonly kind: 'logout-request'; readonly reason: number }
  | { readonly kind: 'logout-response'; readonly response: number }
  | {
      readonly kind: 'scsi-command';
      readonly read: boolean;
      readonly write: boolean;
      readonly expectedLength: number;
      /** 16 octets; a longer one goes on in an AHS. */
      readonly cdb: Uint8Array;
      readonly operation: string;
    }
  | {
      readonly kind: 'scsi-response';
      /** 0: completed at the target; else the target could not (RFC 7143 §11.4.3). */
      readonly response: number;
      readonly status: number;
      readonly sense: ScsiSense | undefined;
    }
  | {
      readonly kind: 'data-in';
      readonly octets: number;
      readonly bufferOffset: number;
      /** Where the last one carries the status, and no SCSI Response follows. */
      readonly status: number | undefined;
    }
  | { readonly kind: 'data-out'; readonly octets: number; readonly bufferOffset: number }
  | { readonly kind: 'nop-out' | 'nop-in'; readonly targetTransferTag: number }
  | { readonly kind: 'async'; readonly event: number; readonly vendorCode: number }
  | { readonly kind: 'reject'; readonly reason: number }
  | { readonly kind: 'other'; readonly opcode: number };

const FINAL = 0x80;
const CONTINUES = 0x40;

export function readIscsiMessage(pdu: IscsiPdu): IscsiMessage {
  const first = pdu.words[0] ?? 0;
  const high = pdu.specific >> 8;
  const low = pdu.specific & 0xff;
  switch (pdu.opcode) {
    case ISCSI_OPCODE.loginRequest:
      return { kind: 'login-request', ...login(pdu), versionMax: high, versionMin: low, cid: first >>> 16 };
    case ISCSI_OPCODE.loginResponse: {
      // The fifth word behind the task tag: Status-Class, Status-Detail, reserved.
      const status = pdu.words[4] ?? 0;
      return {
        kind: 'login-response',
        ...login(pdu),
        versionMax: high,
        versionActive: low,
        statusClass: status >>> 24,
        statusDetail: (status >>> 16) & 0xff,
      };
    }
    case ISCSI_OPCODE.textRequest:
    case ISCSI_OPCODE.textResponse:
      return {
        kind: pdu.opcode === ISCSI_OPCODE.textRequest ? 'text-request' : 'text-response',
        final: (pdu.flags & FINAL) !== 0,
        continues: (pdu.flags & CONTINUES) !== 0,
        pairs: parseIscsiText(pdu.data).pairs,
      };
    case ISCSI_OPCODE.logoutRequest:
      return { kind: 'logout-request', reason: pdu.flags & 0x7f };
    case ISCSI_OPCODE.logoutResponse:
      return { kind: 'logout-response', response: high };
    case ISCSI_OPCODE.scsiCommand: {
      const cdb = cdbOf(pdu);
      return {
        kind: 'scsi-command',
        read: (pdu.flags & 0x40) !== 0,
        write: (pdu.flags & 0x20) !== 0,
        expectedLength: first,
        cdb,
        operation: scsiOperationName(cdb),
      };
    }
    case ISCSI_OPCODE.scsiResponse:
      return { kind: 'scsi-response', response: high, status: low, sense: senseOf(pdu.data) };
    case ISCSI_OPCODE.dataIn:
      return {
        kind: 'data-in',
        octets: pdu.dataSegmentLength,
        bufferOffset: pdu.words[5] ?? 0,
        status: (pdu.flags & 0x01) !== 0 ? low : undefined,
      };
    case ISCSI_OPCODE.dataOut:
      return { kind: 'data-out', octets: pdu.dataSegmentLength, bufferOffset: pdu.words[5] ?? 0 };
    case ISCSI_OPCODE.nopOut:
    case ISCSI_OPCODE.nopIn:
      return { kind: pdu.opcode === ISCSI_OPCODE.nopOut ? 'nop-out' : 'nop-in', targetTransferTag: first };
    case ISCSI_OPCODE.asyncMessage: {
      const event = pdu.words[4] ?? 0;
      return { kind: 'async', event: event >>> 24, vendorCode: (event >>> 16) & 0xff };
    }
    case ISCSI_OPCODE.reject:
      return { kind: 'reject', reason: high };
    default:
      return { kind: 'other', opcode: pdu.opcode };
  }
}

function login(pdu: IscsiPdu): Login {
  return {
    transit: (pdu.flags & FINAL) !== 0,
    continues: (pdu.flags & CONTINUES) !== 0,
    currentStage: STAGES[(pdu.flags >> 2) & 3] as IscsiStage,
    nextStage: STAGES[pdu.flags & 3] as IscsiStage,
    isid: pdu.lun.subarray(0, 6),
    tsih: u16At(pdu.lun, 6),
    pairs: parseIscsiText(pdu.data).pairs,
  };
}

/** RFC 7143 §11.3: octets 32 to 47. */
function cdbOf(pdu: IscsiPdu): Uint8Array {
  const w = new ByteWriter(16);
  for (const word of pdu.words.slice(3)) w.u32('CDB', word);
  return w.bytes();
}

/** RFC 7143 §11.4.7.2: the sense data's length, then the sense data. */
function senseOf(data: Uint8Array): ScsiSense | undefined {
  return data.length < 2 ? undefined : parseScsiSense(data.subarray(2, 2 + u16At(data, 0)));
}

/** RFC 7143 §11.17.1. */
const REJECT_REASON: Readonly<Record<number, string>> = {
  2: 'data (payload) digest error',
  3: 'SNACK reject',
  4: 'protocol error',
  5: 'command not supported',
  6: 'immediate command reject, too many immediate commands',
  7: 'task in progress',
  8: 'invalid data ACK',
  9: 'invalid PDU field',
  10: 'long operation reject, out of resources',
  12: 'waiting for logout',
};
/** RFC 7143 §11.9.1. */
const ASYNC_EVENT: Readonly<Record<number, string>> = {
  0: 'SCSI asynchronous event',
  1: 'target requests logout',
  2: 'target will drop this connection',
  3: 'target will drop all connections',
  4: 'target requests parameter negotiation',
  255: 'vendor-specific event',
};

export function iscsiRejectName(reason: number): string {
  return REJECT_REASON[reason] ?? `reason 0x${reason.toString(16).padStart(2, '0')}`;
}

export function iscsiAsyncName(event: number): string {
  return ASYNC_EVENT[event] ?? `event ${event}`;
}

/** One line, for logs and reports. Values of keys are not shown: CHAP's are among them. */
export function formatIscsi(pdu: IscsiPdu): string {
  const message = readIscsiMessage(pdu);
  const name = formatIscsiPdu(pdu);
  switch (message.kind) {
    case 'login-request':
    case 'login-response': {
      const stage = message.transit
        ? `${message.currentStage} to ${message.nextStage}`
        : message.currentStage;
      const status =
        message.kind === 'login-request'
          ? ''
          : `, ${iscsiLoginStatusName(message.statusClass, message.statusDetail)}`;
      return `${name}, ${stage}${status}`;
    }
    case 'scsi-command':
      return `${name}, ${message.operation} of LUN ${formatLun(pdu.lun)}`;
    case 'scsi-response': {
      const sense = message.sense === undefined ? '' : `, ${formatScsiSense(message.sense)}`;
      return `${name}, ${scsiStatusName(message.status)}${sense}`;
    }
    case 'data-in':
      return message.status === undefined ? name : `${name}, ${scsiStatusName(message.status)}`;
    case 'async':
      return `${name}, ${iscsiAsyncName(message.event)}`;
    case 'reject':
      return `${name}, ${iscsiRejectName(message.reason)}`;
    case 'text-request':
    case 'text-response':
    case 'logout-request':
    case 'logout-response':
    case 'data-out':
    case 'nop-out':
    case 'nop-in':
    case 'other':
      return name;
    default:
      return message satisfies never;
  }
}
