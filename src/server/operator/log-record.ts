/** Severity, as an operator sorts it: `quiet` is for machines only, and not written in the terminal. */
export type Level = 'quiet' | 'info' | 'good' | 'warning' | 'failure';

/** One thing that happened, with whose boot it belongs to: a line of the log. */
export type LogRecord = {
  /** Milliseconds on the clock of the events. */
  readonly at: number;
  readonly level: Level;
  /** `dhcp`, `tftp`, `http`, `orders`, `dns`, `pxelinux`, `boot`, `boot-loop`, `bad-input`, `server`. */
  readonly stage: string;
  /** One id for all that belongs to one boot. */
  readonly boot?: string | undefined;
  /** MAC address; where it never said it, its address. */
  readonly client?: string | undefined;
  readonly address?: string | undefined;
  readonly hostName?: string | undefined;
  readonly did: string;
  readonly because?: string | undefined;
  /** What else is known, for programs: fields of their own, or the event itself. */
  readonly more?: Readonly<Record<string, string | number | readonly string[] | undefined>> | undefined;
  /** For people: what was decided. May hold a client's own text. */
  readonly text: string;
};
