/** One field in which the server of now is not the recorded one. `undefined`: not there. */
export type Difference = {
  readonly field: string;
  readonly recorded: string | undefined;
  readonly got: string | undefined;
};
