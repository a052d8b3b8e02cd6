import type { ServerEvent } from '../event.ts';
import { type BootsSpec, type BootsState, initialBoots } from '../operator/boots.ts';
import type { LogRecord } from '../operator/log-record.ts';
import { stepBoots, tickBoots } from '../operator/step-boots.ts';
import { Tally } from '../operator/tally.ts';
import type { Clock } from './clock.ts';

export type OperatorDeps = {
  readonly clock: Clock;
  /** Milliseconds since 1970: only for what people and logs read. */
  readonly epoch: () => number;
  /** Each line of the log, with when it was. */
  readonly record: (record: LogRecord, epoch: number) => void;
};

/** What an operator sees of a running server. Disposing of it ends its clockwork. */
export interface Operator extends Disposable {
  /** Counts an event: every one, those too that no log gets. */
  readonly count: (event: ServerEvent) => void;
  /** Joins it to its boot, and tells what it leads to. */
  readonly hear: (event: ServerEvent) => void;
  readonly configure: (spec: Omit<BootsSpec, 'prefix' | 'maxClients'>) => void;
  readonly boots: () => BootsState;
  readonly tally: Tally;
  /** A time of the server's clock, as milliseconds since 1970. */
  readonly epochOf: (at: number) => number;
}

/** The record of one client is about a kilobyte. */
const MAX_CLIENTS = 4096;
const TICK_MS = 1000;

export function startOperator(
  spec: Omit<BootsSpec, 'prefix' | 'maxClients'>,
  { clock, epoch, record }: OperatorDeps,
): Operator {
  const tally = new Tally();
  const epochOf = (at: number): number => Math.round(epoch() + at - clock.now());
  // Another one in each run: the log of yesterday has other boots.
  const prefix = Math.floor(epoch()).toString(36);
  let boots = initialBoots({ ...spec, prefix, maxClients: MAX_CLIENTS });
  const take = ([next, records]: readonly [BootsState, readonly LogRecord[]]): void => {
    boots = next;
    for (const one of records) {
      tally.record(one);
      record(one, epochOf(one.at));
    }
  };
  let timer: Disposable;
  const tick = (): void => {
    take(tickBoots(boots, clock.now()));
    timer = clock.after(TICK_MS, tick);
  };
  timer = clock.after(TICK_MS, tick);
  return {
    count: (event) => tally.event(event),
    hear: (event) => take(stepBoots(boots, event, clock.now())),
    configure: (next) => {
      boots = { ...boots, spec: { ...boots.spec, ...next } };
    },
    boots: () => boots,
    tally,
    epochOf,
    [Symbol.dispose]: () => timer[Symbol.dispose](),
  };
}
