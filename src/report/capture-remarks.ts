import { formatLinkType } from '../pcap/link-type.ts';
import type { CaptureSummary, FrameCount } from '../story/capture-tally.ts';
import type { Unopened } from '../story/packet.ts';
import { thousands } from './octets.ts';

const WHY: Readonly<Record<Unopened, string>> = {
  encrypted: 'are encrypted 802.11 data and were not decoded: capture on the wired side of the access point',
  aggregated: 'are 802.11 data in aggregates or fragments (A-MSDU) and were not decoded',
  damaged: 'were damaged on the air (their check sequence does not hold) and were not decoded',
};

/** What has to be said of a capture besides its stories, a sentence each. `path`: how the user calls it. */
export function captureRemarks(path: string, summary: CaptureSummary): readonly string[] {
  const { ending, lost, cut, incomplete, unreadable, clientsDropped } = summary;
  const found: string[] = [];
  if (ending?.kind === 'cut-off') found.push(`${path}: ${ending.message}`);
  if (lost > 0n) found.push(`the capturing program lost ${lost} frames: the stories may have holes`);
  if (cut.frames > 0) {
    const how = `to at most ${thousands(cut.kept)} octets, ${thousands(cut.octets)} are missing in all`;
    found.push(
      `the snap length cut ${ofAll(cut, summary)} ${how}: what they carried is told as far as it is there`,
    );
  }
  for (const [protocol, unread] of summary.unread) {
    const what = `${thousands(unread.frames)} ${protocol} ${unread.frames === 1 ? 'message' : 'messages'}`;
    const cut =
      unread.frames === 1 ? 'is cut before it says what it is' : 'are cut before they say what they are';
    found.push(`${what} (${numbers(unread)}) ${cut}: not told`);
  }
  if (incomplete.packets > 0) {
    const packets = incomplete.packets === 1 ? '1 IP packet' : `${thousands(incomplete.packets)} IP packets`;
    found.push(
      `fragments of ${packets} are missing (first: frame ${incomplete.firstFrame}): a capture filter by port lets only first fragments through`,
    );
  }
  for (const [linkType, undecoded] of summary.undecoded) {
    const only = undecoded.interfaces.length < summary.interfaces;
    const where = only ? `, all of interface ${undecoded.interfaces.join(', ')},` : '';
    found.push(`${ofAll(undecoded, summary)} of ${formatLinkType(linkType)}${where} were not decoded`);
  }
  for (const [why, unopened] of summary.unopened) found.push(`${ofAll(unopened, summary)} ${WHY[why]}`);
  if (unreadable.frames > 0) found.push(`${ofAll(unreadable, summary)} could not be read`);
  if (clientsDropped > 0) found.push(`${clientsDropped} clients more were only counted`);
  return found;
}

/** `12 of 1,224 frames (4, 6, 7 …)`: how many, and the numbers of the first. */
function ofAll({ frames, first }: FrameCount, summary: CaptureSummary): string {
  return `${thousands(frames)} of ${thousands(summary.frames)} frames (${numbers({ frames, first })})`;
}

/** `4, 6, 7 …` */
function numbers({ frames, first }: FrameCount): string {
  return `${first.join(', ')}${frames > first.length ? ' …' : ''}`;
}
