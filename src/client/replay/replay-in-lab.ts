import { createReadStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type LabLink, type LinkClient, plugIn } from '../../lab/lab-link.ts';
import type { Lab } from '../../lab/start-lab.ts';
import type { Frame } from '../../pcap/frame.ts';
import { LINKTYPE } from '../../pcap/link-type.ts';
import { readCaptureBatches } from '../../pcap/read-capture.ts';
import { keptCapture } from '../kept-capture.ts';
import { checksumsHold } from './checksums-hold.ts';
import type { ExchangeResult, ReplayOptions } from './exchange.ts';
import { ReplayError } from './replay-error.ts';
import { ReplayNetwork } from './replay-network.ts';
import type { ReplayScript } from './step.ts';

export type ReplayInLab = Omit<ReplayOptions, 'moreTries'> & {
  /** The cable that all of them hang on; none: their frames enter at the bridge. It is left to whoever made it. */
  readonly link?: LabLink | undefined;
  /** Where the new capture goes. It is ended. */
  readonly keep: Writable | undefined;
  readonly signal: AbortSignal;
  /** Resolves with what broke, besides the lab: the server has ended. */
  readonly broken: Promise<Error>;
  readonly onResult: (result: ExchangeResult) => void;
};

/** Between the last exchange and the end of the capture: an answer too many may still come. */
const SETTLE_MS = 200;
/** With the recorded one that is five: where a fifth of all frames is lost, six of a thousand questions stay unanswered. */
const MORE_TRIES_ON_A_LINK = 4;

/**
 * Lets the clients of a capture act in a lab, all at once, with their relative times. Their frames enter at the bridge's
 * own port, and what they hear is the lab's capture: so the numbers of frames in the results are those of the new capture.
 * On a link they hear what comes out at their end of it, counted from 1: heardNumbers() says which frames of the link's
 * capture these are.
 * Rejects with what broke the lab or the server.
 */
export async function replayInLab(
  scripts: readonly ReplayScript[],
  lab: Lab,
  { link, keep, signal, broken, onResult, ...replay }: ReplayInLab,
): Promise<void> {
  signal.throwIfAborted();
  const all = Promise.withResolvers<void>();
  // What cannot be written (a full disk) is told when it happens.
  keep?.on('error', (cause: Error) => all.reject(notKept(cause)));
  const options = link === undefined ? replay : { ...replay, moreTries: MORE_TRIES_ON_A_LINK };
  let client: LinkClient | undefined;
  const send = (frame: Uint8Array): void => (link === undefined ? lab.inject(frame) : client?.send(frame));
  const outputs = { send, result: onResult };
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
  let arrived = 0;
  const heardOnLink = (bytes: Uint8Array): void => {
    arrived++;
    // A network card and a stack drop what came damaged; on the bridge a checksum may be unfinished, and nothing is damaged.
    if (checksumsHold(bytes)) act(() => network.frame(asFrame(bytes, arrived), performance.now()));
  };
  if (link !== undefined) {
    // In this order: the agent has read that the machine is on before it reads anything of who plugs in later.
    link.powerOn();
    client = await plugIn(lab.pathOf(link.socket), heardOnLink);
    signal.throwIfAborted();
  }
  const hear = async (): Promise<void> => {
    for await (const { frames } of readCaptureBatches(keptCapture(lab.capture.stream, keep))) {
      if (link !== undefined) continue;
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
    client?.[Symbol.dispose]();
    signal.removeEventListener('abort', aborted);
    await lab.capture.stop();
    await heard;
    if (keep?.writable === true) await finished(keep.end()).catch((cause) => Promise.reject(notKept(cause)));
  }
}

/** A frame that came out of a link; its number is the count of those. */
function asFrame(bytes: Uint8Array, number: number): Frame {
  const timeNs = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
  return {
    ...{ number, bytes, timeNs, interfaceId: 0, linkType: LINKTYPE.ethernet, originalLength: bytes.length },
  };
}

/** Of what a client heard on a link, frame by frame: the number it has in the capture of the link's client end. */
export async function heardNumbers(path: string): Promise<readonly number[]> {
  const numbers: number[] = [];
  for await (const { frames } of readCaptureBatches(createReadStream(path))) {
    for (const { direction, number } of frames) if (direction === 'outbound') numbers.push(number);
  }
  return numbers;
}

function notKept(cause: Error): ReplayError {
  const hint = 'make room, or choose another place for it';
  return new ReplayError('REPLAY_NOT_KEPT', `the new capture cannot be written: ${cause.message}`, {
    ...{ hint, cause },
  });
}
