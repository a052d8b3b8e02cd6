import type { DnsEvent, Story } from '../story/event.ts';
import { type CaptureFacts, type Finding, framesOf, silence } from './finding.ts';

/** Names that nobody could resolve. A client that asks for AAAA first and then gets an A has lost nothing. */
export function dnsFindings(story: Story, capture: CaptureFacts): readonly Finding[] {
  const questions = story.events.filter((event) => event.kind === 'dns');
  const byName = new Map<string, DnsEvent[]>();
  for (const question of questions)
    byName.set(question.name, [...(byName.get(question.name) ?? []), question]);
  return [...byName].flatMap(([name, asked]): readonly Finding[] => {
    if (asked.some(({ answer }) => (answer?.records.length ?? 0) > 0)) return [];
    const [first] = asked;
    const last = asked.at(-1);
    if (first === undefined || last === undefined) return [];
    const rcodes = [...new Set(asked.map(({ answer }) => answer?.rcode ?? 'no answer'))];
    return [
      {
        id: 'dns.failed',
        says: `the name ${name} was not resolved: ${rcodes.map(inWords).join(', ')}`,
        ...(asked.every(({ answer }) => answer === undefined) || isUnread(asked, capture)
          ? silence(last, capture, `no DNS server answers at ${last.server.ip} (option 6)`, 'DNS')
          : ({ weight: 'failure', because: `the DNS server ${last.server.ip} does not know it` } as const)),
        frames: framesOf(first, last),
      },
    ];
  });
}

/** Some have no answer, and answers were cut. */
function isUnread(asked: readonly DnsEvent[], { unread }: CaptureFacts): boolean {
  return unread?.has('DNS') === true && asked.some(({ answer }) => answer === undefined);
}

function inWords(rcode: string): string {
  switch (rcode) {
    case 'NOERROR':
      return 'no address of the types asked for';
    case 'NXDOMAIN':
      return 'there is no such name (NXDOMAIN)';
    default:
      return rcode;
  }
}
