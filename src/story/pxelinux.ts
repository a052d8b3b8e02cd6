import type { IpAddress } from '../wire/address.ts';
import type { HttpEvent, Story, StoryEvent, TftpEvent } from './event.ts';

/** Which name pxelinux asks for: by UUID, by hardware address, by n digits of the address in hex, or the last resort. */
export type LookupStep = 'uuid' | 'mac' | `ip${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}` | 'default';

/** The folder it looks in (doc/pxelinux.txt). */
const CONFIG_FOLDER = 'pxelinux.cfg/';
const ARP_TYPE_ETHERNET = '01';

/**
 * The name behind each step for one client (doc/pxelinux.txt; syslinux core/fs/pxe/pxe.c, make_bootif_string and
 * pxe_open_config). The UUID is in wire order and lower case, the address in upper-case hex.
 */
export function lookupNames(client: {
  readonly uuidOnWire: string | undefined;
  readonly mac: string | undefined;
  readonly ip: IpAddress | undefined;
}): ReadonlyMap<LookupStep, string> {
  const names = new Map<LookupStep, string>();
  if (client.uuidOnWire !== undefined) names.set('uuid', client.uuidOnWire.toLowerCase());
  if (client.mac !== undefined)
    names.set('mac', `${ARP_TYPE_ETHERNET}-${client.mac.toLowerCase().replaceAll(':', '-')}`);
  if (client.ip !== undefined && !client.ip.includes(':')) {
    const hex = client.ip
      .split('.')
      .map((octet) => Number(octet).toString(16).padStart(2, '0'))
      .join('')
      .toUpperCase();
    for (let digits = 8; digits > 0; digits--) names.set(`ip${digits}` as LookupStep, hex.slice(0, digits));
  }
  names.set('default', 'default');
  return names;
}

export type Lookup = {
  /** What stands after `pxelinux.cfg/`. */
  readonly name: string;
  readonly found: boolean;
  readonly event: HttpEvent | TftpEvent;
  /** Position in the story. */
  readonly index: number;
};

/** One search of pxelinux for its configuration. */
export type LookupSequence = {
  readonly lookups: readonly [Lookup, ...Lookup[]];
  readonly by: 'http' | 'tftp';
  /** True once it found a file, gave up after `default`, or went on to something else: nothing can be added. */
  readonly closed: boolean;
};

/** Every search for a configuration in a story, in order. */
export function lookupSequences(story: Story): readonly LookupSequence[] {
  const sequences: LookupSequence[] = [];
  let open: Lookup[] = [];
  const close = (closed: boolean): void => {
    const [first, ...others] = open;
    if (first !== undefined) sequences.push({ lookups: [first, ...others], by: first.event.kind, closed });
    open = [];
  };
  for (const [index, event] of story.events.entries()) {
    if (event.kind !== 'http' && event.kind !== 'tftp') continue;
    const name = configurationName(event);
    if (name === undefined) {
      close(true);
      continue;
    }
    const answer = isFound(event);
    if (answer === undefined) continue;
    open.push({ name, found: answer, event, index });
    if (answer || name === 'default') close(true);
  }
  close(false);
  return sequences;
}

/** What stands after `pxelinux.cfg/` in what is asked for; undefined where nothing like it is. */
export function configurationName(event: StoryEvent): string | undefined {
  const path =
    event.kind === 'http' ? (event.target.split('?', 1)[0] ?? '') : event.kind === 'tftp' ? event.file : '';
  const at = path.lastIndexOf(CONFIG_FOLDER);
  return at < 0 ? undefined : path.slice(at + CONFIG_FOLDER.length);
}

/** Undefined while the answer is not there yet. A size probe says that the file is there, but reads it later. */
function isFound(event: HttpEvent | TftpEvent): boolean | undefined {
  if (event.kind === 'http') {
    // PXELINUX takes any 200 for its configuration and only that (syslinux core/fs/pxe/http.c).
    return event.response === undefined ? undefined : event.response.status === 200;
  }
  if (event.outcome === 'in-progress' || event.outcome === 'size-probe') return undefined;
  return event.outcome === 'complete';
}
