import type { FrameCount } from '../story/capture-tally.ts';
import type { DhcpEvent, HttpEvent, Story, StoryEvent, TftpEvent } from '../story/event.ts';

/** `failure`: the boot goes no further, or not where it was sent. `warning`: it may be why. `note`: worth knowing, and not wrong. */
export type FindingWeight = 'failure' | 'warning' | 'note';

/** Something in a story that somebody who wonders about it wants to be told. */
export type Finding = {
  /** Permanent, as a check's: appears in documents and expected texts. */
  readonly id: string;
  readonly weight: FindingWeight;
  /** What is the matter, as a sentence without its full stop. */
  readonly says: string;
  /** The likeliest reason, where more than one thing can be. */
  readonly because?: string;
  /** What mends it. */
  readonly remedy?: string;
  /** That prove it, in order, at least one. */
  readonly frames: readonly number[];
};

/** What a story's capture says besides. */
export type CaptureFacts = {
  /** When its last frame came: somebody may have waited longer than it did. */
  readonly endNs: bigint;
  /** Messages, by protocol, that it cut before they say what they are: nobody knows whose answers are among them. */
  readonly unread?: ReadonlyMap<string, FrameCount>;
};

/** Pure: the same story, the same findings. */
export type FindingRule = (story: Story, capture: CaptureFacts) => readonly Finding[];

/** Firmware asks again within four seconds, EDK2 later than others. */
const LONGEST_PATIENCE_NS = 5_000_000_000n;

/** What mends a capture with cut frames. */
export const WHOLE_FRAMES = 'capture whole frames: tcpdump -s 0';

/**
 * Silence at the end of a capture proves little, and none at all where messages of that protocol were cut: the weight and
 * the reason of what had no answer there.
 */
export function silence(
  last: { readonly endNs: bigint },
  capture: CaptureFacts,
  because: string,
  protocol?: 'DHCP' | 'DHCPv6' | 'DNS' | 'TFTP',
): Pick<Finding, 'weight' | 'because'> {
  const unread = protocol === undefined ? undefined : capture.unread?.get(protocol);
  if (unread !== undefined) {
    const messages = `${unread.frames} ${protocol} ${unread.frames === 1 ? 'message' : 'messages'}`;
    const where = `${unread.first.join(', ')}${unread.frames > unread.first.length ? ' …' : ''}`;
    return {
      weight: 'warning',
      because: `the capture cut ${messages} (${where}) before they say what they are: the answer may be among them`,
    };
  }
  return capture.endNs - last.endNs < LONGEST_PATIENCE_NS
    ? { weight: 'warning', because: `the capture ends there, or ${because}` }
    : { weight: 'failure', because };
}

/** The file that was asked for; without the query, which iPXE fills pages with. */
export function pathOf(event: TftpEvent | HttpEvent): string {
  if (event.kind === 'tftp') return event.file === '' ? '""' : event.file;
  const at = event.target.indexOf('?');
  return at < 0 ? event.target : `${event.target.slice(0, at)}?…`;
}

export function dhcpEvents({ events }: Story): readonly DhcpEvent[] {
  return events.filter((event) => event.kind === 'dhcp');
}

export function tftpEvents({ events }: Story): readonly TftpEvent[] {
  return events.filter((event) => event.kind === 'tftp');
}

export function httpEvents({ events }: Story): readonly HttpEvent[] {
  return events.filter((event) => event.kind === 'http');
}

/** First and last frame of each of the events. */
export function framesOf(...events: readonly StoryEvent[]): readonly number[] {
  const frames = events.flatMap((event) => [event.frames[0], event.frames.at(-1)]);
  return [...new Set(frames.filter((frame) => frame !== undefined))];
}

/** `3.2 s`. */
export function secondsBetween(from: { readonly timeNs: bigint }, to: { readonly timeNs: bigint }): string {
  return `${(Number(to.timeNs - from.timeNs) / 1e9).toFixed(1)} s`;
}
