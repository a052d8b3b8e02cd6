import type { Dhcpv6Event, Story } from '../story/event.ts';
import { formatClientArchitectures } from '../wire/dhcp/opt-client-architecture.ts';
import { type CaptureFacts, dhcpEvents, type Finding, framesOf, silence } from './finding.ts';

/** What came of a client's DHCPv6: no answer, no address, nothing to boot. Only of clients that want to boot: option 61. */
export function dhcpv6Findings(story: Story, capture: CaptureFacts): readonly Finding[] {
  const events = story.events.filter((event) => event.kind === 'dhcpv6');
  const asked = events.filter(
    ({ direction, architectures }) => direction === 'from-client' && architectures.length > 0,
  );
  const [first] = asked;
  if (first === undefined) return [];
  const xids = new Set(asked.map(({ transactionId }) => transactionId));
  const answers = events.filter(
    ({ direction, transactionId }) => direction === 'to-client' && xids.has(transactionId),
  );
  return [
    ...unanswered(asked, answers, story, capture),
    ...refused(answers),
    ...withoutBootFile(first, answers, story),
  ];
}

function unanswered(
  asked: readonly Dhcpv6Event[],
  answers: readonly Dhcpv6Event[],
  story: Story,
  capture: CaptureFacts,
): readonly Finding[] {
  const [first] = asked;
  const last = asked.at(-1);
  if (first === undefined || last === undefined || answers.length > 0) return [];
  // Firmware that tries IPv6 where there is IPv4 only; what the capture cut may be its ACK.
  const hasIpv4 =
    capture.unread?.has('DHCP') === true ||
    dhcpEvents(story).some(({ messageType }) => messageType === 'ack');
  const waited = silence(last, capture, 'no DHCPv6 server hears this network', 'DHCPv6');
  return [
    {
      id: 'dhcpv6.no-answer',
      ...waited,
      weight: hasIpv4 ? 'note' : waited.weight,
      says: `asked ${asked.length === 1 ? 'once' : `${asked.length} times`} by DHCPv6, and nobody answered`,
      frames: framesOf(first, last),
    },
  ];
}

function refused(answers: readonly Dhcpv6Event[]): readonly Finding[] {
  const failed = answers.filter(({ failures }) => failures.length > 0);
  const [first] = failed;
  const last = failed.at(-1);
  if (first === undefined || last === undefined) return [];
  const isGivenLater = answers.some(
    ({ messageType, failures, timeNs }) =>
      messageType === 'reply' && failures.length === 0 && timeNs > last.timeNs,
  );
  return [
    {
      id: 'dhcpv6.refused',
      weight: isGivenLater ? 'warning' : 'failure',
      says: `the DHCPv6 server gives no address: ${[...new Set(failed.flatMap(({ failures }) => failures))].join(', ')}`,
      because:
        'it has none left, or none for this client: firmware and the program it starts are two clients to it where their DUID or IAID differ',
      frames: framesOf(first, last),
    },
  ];
}

function withoutBootFile(
  first: Dhcpv6Event,
  answers: readonly Dhcpv6Event[],
  story: Story,
): readonly Finding[] {
  const given = answers.findLast(
    ({ messageType, failures }) => messageType === 'reply' && failures.length === 0,
  );
  if (
    given === undefined ||
    answers.some(({ bootFileUrl, missing }) => bootFileUrl !== undefined || missing > 0)
  )
    return [];
  const goesOn = story.events.some(
    ({ kind, timeNs }) => (kind === 'tftp' || kind === 'http') && timeNs > given.timeNs,
  );
  return [
    {
      id: 'dhcpv6.no-boot-file',
      weight: goesOn ? 'warning' : 'failure',
      says: 'the client got an IPv6 address and nothing to boot',
      because: `no answer has a boot file's URL (option 59) for ${formatClientArchitectures(first.architectures)}`,
      frames: framesOf(given),
    },
  ];
}
