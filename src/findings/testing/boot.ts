import { Boot } from '../../story/testing/boot.ts';
import { findingsOf } from '../find.ts';
import type { Finding } from '../finding.ts';

/** One client's boot, frame by frame, and what is found in it. */
export class JudgedBoot extends Boot {
  /** Of the kinds wanted; the capture goes on for a minute after the last frame. */
  findings(...ids: readonly string[]): readonly Finding[] {
    const endNs = (this.wire.frames.at(-1)?.timeNs ?? 0n) + 60_000_000_000n;
    const found = findingsOf(this.wire.story(), { endNs });
    return ids.length === 0 ? found : found.filter(({ id }) => ids.includes(id));
  }
}
