import type { Story } from '../story/event.ts';
import { bootFileFindings } from './boot-files.ts';
import { bootServerFindings } from './boot-server.ts';
import { chainloadFindings } from './chainload.ts';
import { dhcpv6Findings } from './dhcpv6.ts';
import { dnsFindings } from './dns.ts';
import type { CaptureFacts, Finding, FindingRule } from './finding.ts';
import { httpFindings } from './http.ts';
import { iscsiFindings } from './iscsi.ts';
import { leaseFindings } from './leases.ts';
import { lookupFindings } from './lookups.ts';
import { offerFindings } from './offers.ts';
import { pathFindings } from './path.ts';
import { progressFindings } from './progress.ts';
import { replyFindings } from './replies.ts';
import { tftpFindings } from './tftp.ts';

const RULES: readonly FindingRule[] = [
  offerFindings,
  replyFindings,
  dhcpv6Findings,
  bootServerFindings,
  chainloadFindings,
  bootFileFindings,
  tftpFindings,
  httpFindings,
  lookupFindings,
  dnsFindings,
  leaseFindings,
  iscsiFindings,
  pathFindings,
];

/** What there is to say about a story: who it is and how far it got, then the rest in the order of its frames. Pure. */
export function findingsOf(story: Story, capture: CaptureFacts): readonly Finding[] {
  const found = RULES.flatMap((rule) => rule(story, capture));
  const inOrder = found.toSorted((a, b) => (a.frames[0] ?? 0) - (b.frames[0] ?? 0));
  return [...progressFindings(story), ...folded(inOrder)];
}

/** What is found again and again is told once, with how often and the first and last frames. */
function folded(findings: readonly Finding[]): readonly Finding[] {
  const groups = Map.groupBy(findings, ({ id, says, because }) => JSON.stringify([id, says, because]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const last = group.at(-1);
    if (first === undefined || last === undefined || first === last) return group;
    const heaviest = WEIGHTS.find((weight) => group.some((one) => one.weight === weight)) ?? first.weight;
    const frames = [...new Set([...first.frames, ...last.frames])];
    return [{ ...first, weight: heaviest, says: `${first.says} (${group.length} times)`, frames }];
  });
}

const WEIGHTS = ['failure', 'warning', 'note'] as const;
