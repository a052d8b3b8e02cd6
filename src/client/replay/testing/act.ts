import type { Frame } from '../../../pcap/frame.ts';
import { LINKTYPE } from '../../../pcap/link-type.ts';
import { type ExchangeResult, NO_RELAYS, PATIENCE_MS, type ReplayOptions } from '../exchange.ts';
import { ReplayNetwork } from '../replay-network.ts';
import type { ReplayScript } from '../step.ts';

/** As recorded, without pauses, and nothing renewed. */
export const AS_RECORDED: ReplayOptions = {
  ...{ fast: true, longestPause: 10_000, patience: PATIENCE_MS, renew: { xid: undefined, secs: false } },
  ...{ relays: NO_RELAYS, server: undefined },
};

const asFrame = (bytes: Uint8Array, number: number): Frame => ({
  ...{ number, bytes, timeNs: BigInt(number), interfaceId: 0, linkType: LINKTYPE.ethernet },
  originalLength: bytes.length,
});

export type Sent = { readonly bytes: Uint8Array; readonly at: number };

/** More would be a loop. */
const LIMIT = 200_000;

/**
 * Lets clients act in virtual time against whoever says what `answer` makes of their frames. The wire shows each frame to
 * everybody, the clients' own too, as a lab's capture does.
 */
export function act(
  scripts: readonly ReplayScript[],
  answer: (sent: Uint8Array, now: number) => readonly Uint8Array[],
  options: ReplayOptions = AS_RECORDED,
): { readonly results: readonly ExchangeResult[]; readonly sent: readonly Sent[] } {
  const results: ExchangeResult[] = [];
  const sent: Sent[] = [];
  const wire: Uint8Array[] = [];
  let now = 0;
  const send = (bytes: Uint8Array): void => {
    sent.push({ bytes, at: now });
    wire.push(bytes, ...answer(bytes, now));
  };
  const network = new ReplayNetwork(
    scripts,
    options,
    { send, result: (result) => void results.push(result) },
    now,
  );
  let frames = 0;
  for (let turns = 0; !network.done || wire.length > 0; turns++) {
    if (turns > LIMIT) throw new Error('wanted clients that come to an end');
    const bytes = wire.shift();
    if (bytes !== undefined) {
      frames++;
      network.frame(asFrame(bytes, frames), now);
      continue;
    }
    now = Math.max(now, network.wakeAt ?? now);
    network.wake(now);
  }
  return { results, sent };
}

export const verdicts = (results: readonly ExchangeResult[]): readonly string[] =>
  results.map(({ what, verdict }) => `${what}: ${verdict}`);
