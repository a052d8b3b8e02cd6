import type { Story } from '../story/event.ts';
import { type Finding, framesOf, tftpEvents } from './finding.ts';

/**
 * `tcpdump port 69` keeps requests and loses all else, since transfers go on between other ports (RFC 1350 §4). A client that asks for
 * one file after the other has had its answers.
 */
export function requestsOnly(story: Story): Finding | undefined {
  const reads = tftpEvents(story);
  const [first, ...more] = reads;
  const last = more.at(-1);
  if (first === undefined || last === undefined || reads.some(({ outcome }) => outcome !== 'unanswered'))
    return undefined;
  if (new Set(reads.map(({ file }) => file)).size < FILES_IN_A_ROW) return undefined;
  return {
    id: 'capture.requests-only',
    weight: 'warning',
    says: `the capture has ${reads.length} TFTP requests and nothing that follows them`,
    because:
      'it was filtered by port 69, and transfers go on between other ports: what came of them is not to be seen',
    remedy: "capture with the filter 'udp or tcp port 80'",
    frames: framesOf(first, last),
  };
}

/** A client that gets no answer asks for one file again and again, or for two by turns. */
const FILES_IN_A_ROW = 3;
