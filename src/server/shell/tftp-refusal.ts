import { TFTP_ERROR } from '../../wire/tftp.ts';

/** A client is told so by an ERROR of that code; `because` is for the operator, where it says more. */
export class TftpRefusal extends Error {
  override readonly name = 'TftpRefusal';
  readonly code: number;
  readonly because: string;

  constructor(code: number, message: string, because = message) {
    super(message);
    this.code = code;
    this.because = because;
  }
}

/** Of whatever went wrong before a transfer began. */
export function tftpRefusal(error: unknown): TftpRefusal {
  if (error instanceof TftpRefusal) return error;
  const because = error instanceof Error ? error.message : String(error);
  return new TftpRefusal(TFTP_ERROR.notDefined, 'cannot serve the file', because);
}

export function fileNotFound(message = 'file not found'): TftpRefusal {
  return new TftpRefusal(TFTP_ERROR.fileNotFound, message);
}

export function accessViolation(because?: string): TftpRefusal {
  return new TftpRefusal(TFTP_ERROR.accessViolation, 'access violation', because);
}
