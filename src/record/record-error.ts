export type RecordErrorCode = 'RECORD_NOTHING_TO_EXPECT' | 'RECORD_NO_CLIENT' | 'RECORD_DOES_NOT_PASS';

/**
 * Something that no recording can be made of, or not there.
 *
 * - `RECORD_NOTHING_TO_EXPECT`: the client did nothing that a scenario could wait for.
 * - `RECORD_NO_CLIENT`: the capture has none that can be replayed, or several, or not the one that is asked for.
 * - `RECORD_DOES_NOT_PASS`: the scenario that was to be recorded fails.
 */
export class RecordError extends Error {
  override readonly name = 'RecordError';
  readonly code: RecordErrorCode;
  readonly hint: string;

  constructor(code: RecordErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
