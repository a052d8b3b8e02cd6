import { PLAIN } from '../../report/terminal.ts';
import type { Io } from '../command.ts';

/** An Io that keeps what a command says, without a terminal. */
export function recordingIo(overrides: Partial<Io> = {}): {
  readonly io: Io;
  readonly out: () => string;
  readonly err: () => string;
} {
  let out = '';
  let err = '';
  const io: Io = {
    out: (text) => {
      out += text;
    },
    drained: () => Promise.resolve(),
    patient: () => ({ out: io.out, drained: io.drained }),
    err: (text) => {
      err += text;
    },
    paint: PLAIN,
    paintErr: PLAIN,
    width: 140,
    wraps: false,
    interactive: false,
    cwd: process.cwd(),
    env: {},
    signal: new AbortController().signal,
    ...overrides,
  };
  return { io, out: () => out, err: () => err };
}
