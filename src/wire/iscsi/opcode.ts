/** What an iSCSI PDU is: RFC 7143 §11.2.1.2. Bit 0x20 tells the direction. */
export const ISCSI_OPCODE = {
  nopOut: 0x00,
  scsiCommand: 0x01,
  taskManagementRequest: 0x02,
  loginRequest: 0x03,
  textRequest: 0x04,
  dataOut: 0x05,
  logoutRequest: 0x06,
  snackRequest: 0x10,
  nopIn: 0x20,
  scsiResponse: 0x21,
  taskManagementResponse: 0x22,
  loginResponse: 0x23,
  textResponse: 0x24,
  dataIn: 0x25,
  logoutResponse: 0x26,
  readyToTransfer: 0x31,
  asyncMessage: 0x32,
  reject: 0x3f,
} as const;

export type IscsiSender = 'initiator' | 'target';

const NAME: Readonly<Record<number, string>> = {
  [ISCSI_OPCODE.nopOut]: 'NOP-Out',
  [ISCSI_OPCODE.scsiCommand]: 'SCSI Command',
  [ISCSI_OPCODE.taskManagementRequest]: 'Task Management Function Request',
  [ISCSI_OPCODE.loginRequest]: 'Login Request',
  [ISCSI_OPCODE.textRequest]: 'Text Request',
  [ISCSI_OPCODE.dataOut]: 'SCSI Data-Out',
  [ISCSI_OPCODE.logoutRequest]: 'Logout Request',
  [ISCSI_OPCODE.snackRequest]: 'SNACK Request',
  [ISCSI_OPCODE.nopIn]: 'NOP-In',
  [ISCSI_OPCODE.scsiResponse]: 'SCSI Response',
  [ISCSI_OPCODE.taskManagementResponse]: 'Task Management Function Response',
  [ISCSI_OPCODE.loginResponse]: 'Login Response',
  [ISCSI_OPCODE.textResponse]: 'Text Response',
  [ISCSI_OPCODE.dataIn]: 'SCSI Data-In',
  [ISCSI_OPCODE.logoutResponse]: 'Logout Response',
  [ISCSI_OPCODE.readyToTransfer]: 'R2T',
  [ISCSI_OPCODE.asyncMessage]: 'Asynchronous Message',
  [ISCSI_OPCODE.reject]: 'Reject',
};

/** Undefined where the RFC gives the opcode no meaning (reserved, or a vendor's own). */
export function iscsiOpcodeName(opcode: number): string | undefined {
  return NAME[opcode];
}

export function iscsiSender(opcode: number): IscsiSender {
  return (opcode & 0x20) === 0 ? 'initiator' : 'target';
}
