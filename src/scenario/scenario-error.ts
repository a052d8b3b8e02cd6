export type ScenarioErrorCode = 'SCENARIO_FRAMES_LOST' | 'SCENARIO_CLIENT_SILENT' | 'SCENARIO_FAULT_MISSING';

/**
 * A run that proves nothing, though nothing broke.
 *
 * - `SCENARIO_FRAMES_LOST`: the capture is not all that was on the wire.
 * - `SCENARIO_CLIENT_SILENT`: the machine never sent a frame, so no server can be judged by it.
 * - `SCENARIO_FAULT_MISSING`: all went well, but the faults that the scenario is about did not happen.
 */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  readonly code: ScenarioErrorCode;
  readonly hint: string;

  constructor(code: ScenarioErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
