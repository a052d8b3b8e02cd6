import type { Story } from '../story/event.ts';
import { UNREACHABLE_CODE } from '../wire/icmp.ts';
import { type Finding, framesOf } from './finding.ts';

/** R51: what a router on the way says of packets that are too long for it, once. */
export function pathFindings({ events }: Story): readonly Finding[] {
  const said = events.filter(
    (event) => event.kind === 'unreachable' && event.code === UNREACHABLE_CODE.fragmentationNeeded,
  );
  const [first] = said;
  if (first?.kind !== 'unreachable') return [];
  return [
    {
      id: 'path.mtu',
      weight: 'warning',
      says: `${first.from} cannot pass on packets as long as those of ${first.about?.ip ?? 'this connection'}${said.length > 1 ? ` (said ${said.length} times)` : ''}`,
      because:
        'a link on the way has a smaller MTU, and the packets may not be cut (ICMP: fragmentation needed)',
      remedy: 'a smaller blksize, or MTU (option 26), or let ICMP through to who sends',
      frames: framesOf(first),
    },
  ];
}
