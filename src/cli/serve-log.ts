import { formatRecord, recordAsJson } from '../server/operator/format-record.ts';
import type { LogRecord } from '../server/operator/log-record.ts';
import type { Io } from './command.ts';

/** Written and not yet taken, in characters. Some ten thousand lines. */
const MOST_WAITING = 2 * 1024 * 1024;

/** The log of a server that may have ten thousand things to tell in a second, and whose reader may be slow or stopped. */
export interface ServeLog {
  readonly record: (record: LogRecord, epoch: number) => void;
  /** Resolves when all is written that there was room for. */
  readonly end: () => Promise<void>;
}

/**
 * Lines are written together once a turn of the event loop, and the next only when the reader has taken these. What there is no room
 * for meanwhile is left out, and how much that was is said.
 */
export function serveLog(
  io: Pick<Io, 'out' | 'drained' | 'paint' | 'width'>,
  as: 'text' | 'json',
  wrap: boolean,
): ServeLog {
  let lines: string[] = [];
  let waiting = 0;
  let leftOut = 0;
  let writing: Promise<void> | undefined;
  const style = { paint: io.paint, width: wrap ? io.width : undefined };
  const format = (record: LogRecord, epoch: number): string | undefined =>
    as === 'json' ? recordAsJson(record, epoch) : formatRecord(record, epoch, style);

  const write = async (): Promise<void> => {
    // What else happens in this turn goes along.
    await new Promise<void>((resolve) => void setImmediate(resolve));
    while (lines.length > 0 || leftOut > 0) {
      if (leftOut > 0) {
        const text = `${leftOut} lines are left out here: whoever reads this log is too slow for it`;
        const said = format(
          { at: 0, level: 'warning', stage: 'server', did: 'log-left-out', more: { lines: leftOut }, text },
          Date.now(),
        );
        if (said !== undefined) lines.push(said);
        leftOut = 0;
      }
      const batch = `${lines.join('\n')}\n`;
      lines = [];
      waiting = 0;
      io.out(batch);
      await io.drained();
    }
    writing = undefined;
  };

  return {
    record: (record, epoch) => {
      if (waiting >= MOST_WAITING) {
        if (as === 'json' || record.level !== 'quiet') leftOut++;
        return;
      }
      const line = format(record, epoch);
      if (line === undefined) return;
      lines.push(line);
      waiting += line.length + 1;
      writing ??= write();
    },
    end: async () => {
      await writing;
    },
  };
}
