import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Lab } from '../../lab/start-lab.ts';
import { readCaptureBatches } from '../../pcap/read-capture.ts';
import type { Story } from '../../story/event.ts';
import { PacketReader } from '../../story/packet-reader.ts';
import { StoryBuilder } from '../../story/story-builder.ts';
import { ipv4, mac } from '../../wire/address.ts';
import { ETHER_TYPE, parseEthernet } from '../../wire/ethernet.ts';
import { keptCapture } from '../kept-capture.ts';
import { ProbeClient } from './probe-client.ts';
import type { Stimulus } from './stimuli.ts';

export type ProbeInLab = {
  /** Where the capture goes. It is ended. */
  readonly keep: Writable | undefined;
  readonly signal: AbortSignal;
  /** Resolves with what broke, besides the lab: the server has ended. */
  readonly broken: Promise<Error>;
  readonly onDone: (stimulus: Stimulus) => void;
};

/** So many clients hold an address at once: pools are small. */
const AT_ONCE = 4;
/** Between the last stimulus and the end of the capture: an answer too many may still come. */
const SETTLE_MS = 300;

/** Lets each stimulus act in a lab by a client of its own, and returns the stories of the capture. Rejects with what broke. */
export async function probeInLab(
  stimuli: readonly Stimulus[],
  lab: Lab,
  { keep, signal, broken, onDone }: ProbeInLab,
): Promise<readonly Story[]> {
  signal.throwIfAborted();
  const over = new AbortController();
  const clients = stimuli.map(
    (_, n) =>
      new ProbeClient(
        mac(`02:70:00:00:00:${(n + 1).toString(16).padStart(2, '0')}`),
        (frame) => lab.inject(frame),
        AbortSignal.any([signal, over.signal]),
      ),
  );
  const builder = new StoryBuilder();
  const packets = new PacketReader();
  const broke = Promise.withResolvers<never>();
  broke.promise.catch(() => undefined);
  // What cannot be written (a full disk) is told when it happens.
  keep?.on('error', broke.reject);
  const hear = async (): Promise<void> => {
    for await (const batch of readCaptureBatches(keptCapture(lab.capture.stream, keep))) {
      builder.add(batch);
      for (const frame of batch.frames) {
        const ethernet = parseEthernet(frame.bytes);
        if (ethernet.ok && ethernet.value.etherType === ETHER_TYPE.arp)
          for (const { host } of clients) host.arp(ethernet.value.payload);
        packets.read(frame, (opened) => {
          if (opened.kind === 'packet') for (const client of clients) client.packet(opened.packet);
        });
      }
    }
  };
  const queue = [...stimuli.entries()];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [n, stimulus] = next;
      signal.throwIfAborted();
      // Outside the pool of the lab's servers, and none of its hosts'.
      const free = ipv4(`10.188.0.${200 + (n % 50)}`);
      await stimulus.run(clients[n] as ProbeClient, { free });
      onDone(stimulus);
    }
  };
  const heard = hear();
  heard.catch(broke.reject);
  const aborted = (): void => broke.reject(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  try {
    void Promise.race([lab.failed, broken]).then(broke.reject);
    const worked = Promise.all(Array.from({ length: AT_ONCE }, work));
    await Promise.race([broke.promise, worked]);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  } finally {
    over.abort();
    signal.removeEventListener('abort', aborted);
    await lab.capture.stop();
    await heard;
    if (keep?.writable === true) await finished(keep.end());
  }
  builder.finish();
  return builder.stories();
}
