import { bootFileOf } from '../story/boot-file.ts';
import type { DhcpEvent, HttpEvent, Story, TftpEvent } from '../story/event.ts';
import { dhcpEvents, type Finding, framesOf, WHOLE_FRAMES } from './finding.ts';

type Fetch = TftpEvent | HttpEvent;

/** The same boot file was fetched again and again, each time after DHCP: R1 of the field reports. Says what the cause is. */
export function chainloadFindings(story: Story): readonly Finding[] {
  const dhcp = dhcpEvents(story);
  const byFile = new Map<string, Fetch[]>();
  for (const event of story.events) {
    if (!isWhole(event) || !isBootFile(fileOf(event), dhcp)) continue;
    const file = fileOf(event);
    const fetches = byFile.get(file) ?? [];
    const last = fetches.at(-1);
    // Without DHCP between it is one program that reads it twice (a loader that opens itself again).
    if (last === undefined || discoversBetween(dhcp, last, event).length > 0)
      byFile.set(file, [...fetches, event]);
  }
  return [...byFile].flatMap(([file, fetches]) => loop(file, fetches, dhcp));
}

function loop(file: string, fetches: readonly Fetch[], dhcp: readonly DhcpEvent[]): readonly Finding[] {
  const [first, second] = fetches;
  const last = fetches.at(-1);
  if (first === undefined || second === undefined || last === undefined) return [];
  const between = discoversBetween(dhcp, first, second);
  // Another architecture is another way to boot: U-Boot goes through several, with DHCP for each.
  const before = discoverBefore(dhcp, first);
  if (between.length > 0 && before !== undefined && between.every((event) => isOther(event, before)))
    return [];
  const asIpxe = between.find(({ identity }) => identity.isIpxe);
  const isCut = asIpxe === undefined && between.some(({ missing }) => missing > 0);
  return [
    {
      id: 'boot.loop',
      // Twice may be somebody who switched the machine off and on.
      weight: asIpxe !== undefined || fetches.length > 2 ? 'failure' : 'warning',
      says: `${file} was fetched ${fetches.length} times, each time after DHCP began anew`,
      because: isCut
        ? 'what came back may say that it is iPXE, or not: the capture cut its options'
        : asIpxe === undefined
          ? neverIpxe(between)
          : serverIsBlind(asIpxe),
      remedy: isCut
        ? WHOLE_FRAMES
        : asIpxe === undefined
          ? `look at the machine's screen: does ${file} start?`
          : `send a client with option 175, or with "iPXE" in option 77 in either form, its script and not ${file}`,
      frames: framesOf(first, ...(between[0] === undefined ? [] : [asIpxe ?? between[0]]), last),
    },
  ];
}

function serverIsBlind({ identity, frames, missing }: DhcpEvent): string {
  const at = `the DISCOVER of frame ${frames[0]} is iPXE's`;
  switch (identity.ipxeEvidence) {
    case 'user-class-raw':
      return `${at} and says so (option 77 "iPXE"): the server has no branch for it`;
    case 'user-class-rfc3004':
      return `${at} and says so in the form of RFC 3004 (option 77 with a length before "iPXE"): the server knows the bare form only`;
    case 'option-175':
      if (missing > 0) return `${at} by option 175, and the capture cut its other options`;
      return identity.userClass === undefined
        ? `${at} by option 175, and has no user class (77 absent, as Mellanox FlexBoot has it): the server looks at option 77 alone`
        : `${at} by option 175, and its user class is "${identity.userClass.classes.join('", "')}": the server looks for "iPXE" in option 77 alone`;
    case 'none':
      return at;
    default:
      return identity.ipxeEvidence satisfies never;
  }
}

function neverIpxe(between: readonly DhcpEvent[]): string {
  const [discover] = between;
  const userClass = discover?.identity.userClass;
  const said =
    userClass === undefined ? 'no user class (77 absent)' : `user class "${userClass.classes.join('", "')}"`;
  return `what came back does not say that it is iPXE (${said}, 175 absent): the program did not start, or it is no iPXE, or it ended and the firmware began anew`;
}

function isOther({ identity }: DhcpEvent, before: DhcpEvent): boolean {
  return !identity.isIpxe && identity.architectures.join() !== before.identity.architectures.join();
}

function discoverBefore(dhcp: readonly DhcpEvent[], fetch: Fetch): DhcpEvent | undefined {
  return dhcp.findLast(({ messageType, timeNs }) => messageType === 'discover' && timeNs < fetch.timeNs);
}

function discoversBetween(dhcp: readonly DhcpEvent[], from: Fetch, to: Fetch): readonly DhcpEvent[] {
  return dhcp.filter(
    ({ messageType, timeNs }) => messageType === 'discover' && timeNs > from.timeNs && timeNs < to.timeNs,
  );
}

function isWhole(event: Story['events'][number]): event is Fetch {
  if (event.kind === 'tftp') return event.outcome === 'complete';
  return event.kind === 'http' && event.response?.status === 200;
}

function fileOf(event: Fetch): string {
  return event.kind === 'tftp' ? event.file : event.target;
}

/** It was told by DHCP, as it is or at the end of a URL. A script is asked for again by every boot. */
function isBootFile(file: string, dhcp: readonly DhcpEvent[]): boolean {
  return dhcp.some(({ direction, message, identity }) => {
    const told = direction === 'to-client' && !identity.isIpxe ? bootFileOf(message) : undefined;
    return told !== undefined && (told === file || told.endsWith(file));
  });
}
