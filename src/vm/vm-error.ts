export type VmErrorCode =
  | 'VM_MISSING_FIRMWARE'
  | 'VM_MISSING_PROGRAM'
  | 'VM_START_FAILED'
  | 'VM_QMP'
  | 'VM_EXITED';

/**
 * A machine that cannot be run: a fault of the bench, never of what it boots from.
 *
 * - `VM_MISSING_FIRMWARE`: a file of its firmware is not on this machine.
 * - `VM_MISSING_PROGRAM`: there is no QEMU for it.
 * - `VM_START_FAILED`: QEMU ended, or did not answer, before the machine was switched on.
 * - `VM_QMP`: QEMU refused a command of ours.
 * - `VM_EXITED`: QEMU ended during the boot although nobody switched the machine off.
 */
export class VmError extends Error {
  override readonly name = 'VmError';
  readonly code: VmErrorCode;
  readonly hint: string | undefined;

  constructor(code: VmErrorCode, message: string, hint?: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
  }
}
