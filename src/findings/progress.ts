import { type DhcpEvent, STAGE_NAME, type Story, type StoryEvent } from '../story/event.ts';
import { formatClientArchitectures } from '../wire/dhcp/opt-client-architecture.ts';
import { wantsToBoot } from './dhcp-round.ts';
import { dhcpEvents, type Finding, framesOf, pathOf, tftpEvents } from './finding.ts';

/** Who spoke, one after the other, and the last thing that went well. */
export function progressFindings(story: Story): readonly Finding[] {
  return [...whoSpoke(story), ...reached(story)];
}

function whoSpoke(story: Story): readonly Finding[] {
  const asked = dhcpEvents(story).filter(({ direction }) => direction === 'from-client');
  const speakers = asked.filter((event, index) => event.stage !== asked[index - 1]?.stage);
  if (!isBoot(story) || speakers.length === 0) return [];
  return [
    {
      id: 'boot.who',
      weight: 'note',
      says: speakers.map(introduce).join(', then '),
      frames: framesOf(...speakers),
    },
  ];
}

/** SLOF and the s390x ROM say nothing of themselves, and fetch files all the same. */
function isBoot(story: Story): boolean {
  return (
    dhcpEvents(story).some(wantsToBoot) || (dhcpEvents(story).length > 0 && tftpEvents(story).length > 0)
  );
}

function introduce({ stage, identity }: DhcpEvent): string {
  const { architectures, ipxeEvidence, userClass, vendorClass } = identity;
  const machine =
    architectures.length === 0
      ? 'that does not say its architecture'
      : formatClientArchitectures(architectures);
  switch (ipxeEvidence) {
    case 'user-class-raw':
      return `iPXE (user class "iPXE"), ${machine}`;
    case 'user-class-rfc3004':
      return `iPXE (user class "iPXE" in the form of RFC 3004), ${machine}`;
    case 'option-175':
      return `iPXE (option 175${userClass === undefined ? ', no user class' : ''}), ${machine}`;
    case 'none':
      return stage === 'os'
        ? `an operating system (${vendorClass === undefined ? 'no vendor class' : `vendor class "${vendorClass.text}"`})`
        : `dumb firmware, ${machine}`;
    default:
      return ipxeEvidence satisfies never;
  }
}

function reached(story: Story): readonly Finding[] {
  if (!isBoot(story)) return [];
  const last = story.events.findLast((event) => achieved(event) !== undefined);
  if (last === undefined) return [];
  return [
    {
      id: 'boot.reached',
      weight: 'note',
      says: `got as far as: ${STAGE_NAME[last.stage]} ${achieved(last)}`,
      frames: framesOf(last),
    },
  ];
}

/** Undefined: nothing that brings a boot on. */
function achieved(event: StoryEvent): string | undefined {
  switch (event.kind) {
    case 'dhcp':
      if (event.messageType === 'offer') return 'was offered an address';
      return event.messageType === 'ack' ? 'has its address' : undefined;
    case 'tftp':
      return event.outcome === 'complete' && event.operation === 'read'
        ? `read ${event.file} by TFTP`
        : undefined;
    case 'http': {
      const { response } = event;
      return response?.status === 200 && response.complete ? `read ${pathOf(event)} by HTTP` : undefined;
    }
    case 'iscsi':
      return event.outcome === 'logged-in'
        ? `logged in to ${event.target ?? 'its target'} by iSCSI`
        : undefined;
    case 'tcp':
      return event.received > 0 ? `talked to port ${event.server.port}` : undefined;
    default:
      return undefined;
  }
}
