import { isBootServer } from '../story/boot-server.ts';
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
  const turns: [DhcpEvent, ...DhcpEvent[]][] = [];
  for (const event of asked) {
    const turn = turns.at(-1);
    if (turn === undefined || turn[0].stage !== event.stage) turns.push([event]);
    else turn.push(event);
  }
  // SLOF's DISCOVER does not say what its REQUEST does.
  const speakers = turns.map(
    (turn) => turn.find(({ identity }) => identity.architectures.length > 0) ?? turn[0],
  );
  if (!isBoot(story) || speakers.length === 0) return [];
  return [
    {
      id: 'boot.who',
      weight: 'note',
      says: speakers.map(introduce).join(', then '),
      frames: framesOf(...turns.map(([first]) => first)),
    },
  ];
}

/** SLOF and the s390x ROM say nothing of themselves, and fetch files all the same. */
function isBoot(story: Story): boolean {
  return (
    dhcpEvents(story).some(wantsToBoot) ||
    (dhcpEvents(story).length > 0 && tftpEvents(story).length > 0) ||
    story.events.some((event) => event.kind === 'dhcpv6' && event.architectures.length > 0)
  );
}

function introduce({ stage, identity, missing }: DhcpEvent): string {
  const { architectures, ipxeEvidence, userClass, vendorClass } = identity;
  const machine = architectures.length === 0 ? '' : `, ${formatClientArchitectures(architectures)}`;
  const unsaid = machine === '' && missing === 0 ? ' that does not say its architecture' : machine;
  switch (ipxeEvidence) {
    case 'user-class-raw':
      return `iPXE (user class "iPXE")${machine}`;
    case 'user-class-rfc3004':
      return `iPXE (user class "iPXE" in the form of RFC 3004)${machine}`;
    case 'option-175':
      return `iPXE (option 175${userClass === undefined && missing === 0 ? ', no user class' : ''})${machine}`;
    case 'none':
      if (missing > 0) return `firmware or iPXE (the capture cut what it says of itself)${machine}`;
      return stage === 'os'
        ? `an operating system (${vendorClass === undefined ? 'no vendor class' : `vendor class "${vendorClass.text}"`})`
        : `dumb firmware${unsaid}`;
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
      if (event.messageType !== 'ack') return undefined;
      return isBootServer(event) ? 'was answered by the boot server' : 'has its address';
    case 'dhcpv6':
      if (event.failures.length > 0 || event.addresses.length === 0) return undefined;
      if (event.messageType === 'advertise') return 'was offered an IPv6 address';
      return event.messageType === 'reply' ? 'has its IPv6 address' : undefined;
    case 'tftp':
      return event.outcome === 'complete' && event.operation === 'read'
        ? `read ${event.file} by TFTP`
        : undefined;
    case 'http': {
      const { response } = event;
      return response?.status === 200 && response.complete ? `read ${pathOf(event)} by HTTP` : undefined;
    }
    case 'iscsi': {
      const { outcome, target, work } = event;
      if (work.octetsRead > 0) return `read from the disk ${target ?? 'of a target'}`;
      return outcome === 'logged-in' ? `logged in to ${target ?? 'a target'}` : undefined;
    }
    case 'tcp':
      return event.received > 0 ? `talked to port ${event.server.port}` : undefined;
    default:
      return undefined;
  }
}
