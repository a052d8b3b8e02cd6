import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Lab } from '../../lab/start-lab.ts';
import { readCaptureBatches } from '../../pcap/read-capture.ts';
import type { ExchangeResult, ReplayOptions } from './exchange.ts';
import { ReplayClient } from './replay-client.ts';
import type { ReplayScript } from './step.ts';

export type ReplayInLab = ReplayOptions & {
  /** Where the new capture goes. */
  readonly keep: string | undefined;
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
  const copy = keep === undefined ? undefined : createWriteStream(keep);
  const tee = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of lab.capture.stream as AsyncIterable<Uint8Array>) {
      copy?.write(chunk);
      yield chunk;
    }
  };
  const firstNs = scripts.map(({ steps }) => steps[0]?.timeNs ?? 0n);
  const beginNs = firstNs.toSorted((a, b) => (a < b ? -1 : 1))[0] ?? 0n;
  const outputs = { send: (frame: Uint8Array): void => lab.inject(frame), result: onResult };
  const began = performance.now();
  const clients = scripts.map((script) => new ReplayClient(script, options, outputs, beginNs, began));

  const all = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  const schedule = (): void => {
    clearTimeout(timer);
    if (clients.every(({ done }) => done)) {
      all.resolve();
      return;
    }
    const next = Math.min(...clients.map(({ wakeAt }) => wakeAt ?? Number.POSITIVE_INFINITY));
    timer = setTimeout(act, Math.max(0, next - performance.now()), (client: ReplayClient) =>
      client.wake(performance.now()),
    );
  };
  const act = (what: (client: ReplayClient) => void): void => {
    try {
      for (const client of clients) what(client);
      schedule();
    } catch (error) {
      all.reject(error);
    }
  };
  const hear = async (): Promise<void> => {
    for await (const { frames } of readCaptureBatches(tee())) {
      for (const { bytes, number } of frames) act((client) => client.frame(bytes, number, performance.now()));
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
    copy?.end();
    if (copy !== undefined) await finished(copy);
  }
}
