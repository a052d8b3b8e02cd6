import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Lab } from '../../lab/start-lab.ts';
import { readCaptureBatches } from '../../pcap/read-capture.ts';
import type { ExchangeResult, ReplayOptions } from './exchange.ts';
import { ReplayError } from './replay-error.ts';
import { ReplayNetwork } from './replay-network.ts';
import type { ReplayScript } from './step.ts';

export type ReplayInLab = ReplayOptions & {
  /** Where the new capture goes. It is ended. */
  readonly keep: Writable | undefined;
  readonly signal: AbortSignal;
  /** Resolves with what broke, besides the lab: the server has ended. */
  readonly broken: Promise<Error>;
  readonly onResult: (result: ExchangeResult) => void;
};

/** Between the last exchange and the end of the capture: an answer too many may still come. */
const SETTLE_MS = 200;

/**
 * Lets the clients of a capture act in a lab, all at once, with their relative times. Their frames enter at the bridge's
 * own port, and what they hear is the lab's capture: so the numbers of frames in the results are those of the new capture.
 * Rejects with what broke the lab or the server.
 */
export async function replayInLab(
  scripts: readonly ReplayScript[],
  lab: Lab,
  { keep, signal, broken, onResult, ...options }: ReplayInLab,
): Promise<void> {
  signal.throwIfAborted();
  const all = Promise.withResolvers<void>();
  // What cannot be written (a full disk) is told when it happens.
  keep?.on('error', (cause: Error) => all.reject(notKept(cause)));
  const tee = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of lab.capture.stream as AsyncIterable<Uint8Array>) {
      if (keep?.writable === true && !keep.write(chunk))
        await Promise.race([once(keep, 'drain'), once(keep, 'close')]).catch(() => undefined);
      yield chunk;
    }
  };
  const outputs = { send: (frame: Uint8Array): void => lab.inject(frame), result: onResult };
  const network = new ReplayNetwork(scripts, options, outputs, performance.now());

  let timer: NodeJS.Timeout | undefined;
  const schedule = (): void => {
    clearTimeout(timer);
    if (network.done) {
      all.resolve();
      return;
    }
    const next = network.wakeAt ?? Number.POSITIVE_INFINITY;
    const wake = (): void => act(() => network.wake(performance.now()));
    timer = setTimeout(wake, Math.max(0, next - performance.now()));
  };
  const act = (what: () => void): void => {
    try {
      what();
      schedule();
    } catch (error) {
      all.reject(error);
    }
  };
  const hear = async (): Promise<void> => {
    for await (const { frames } of readCaptureBatches(tee())) {
      for (const frame of frames) act(() => network.frame(frame, performance.now()));
    }
  };
  const heard = hear();
  const aborted = (): void => all.reject(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  try {
    schedule();
    const failed = Promise.race([lab.failed, broken]).then((error) => Promise.reject(error));
    await Promise.race([all.promise, failed, heard.then(() => all.promise)]);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', aborted);
    await lab.capture.stop();
    await heard;
    if (keep?.writable === true) await finished(keep.end()).catch((cause) => Promise.reject(notKept(cause)));
  }
}

function notKept(cause: Error): ReplayError {
  const hint = 'make room, or choose another place for it';
  return new ReplayError('REPLAY_NOT_KEPT', `the new capture cannot be written: ${cause.message}`, {
    ...{ hint, cause },
  });
}
