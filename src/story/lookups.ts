import type { IpAddress } from '../wire/address.ts';
import type { HttpEvent, Story, StoryEvent, TftpEvent } from './event.ts';

/** Boot loaders that look for their configuration from the most to the least specific name. */
export type Loader = 'pxelinux' | 'grub';

/** Which name they ask for: by UUID, by hardware address, by n digits of the address in hex, or the last resort. */
export type LookupStep = 'uuid' | 'mac' | `ip${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}` | 'default';

const ARP_TYPE_ETHERNET = '01';

type Ways = {
  /** The name that a path is asked for by; undefined where it is no configuration's. */
  readonly nameIn: (path: string) => string | undefined;
  readonly nameOf: (name: string) => string;
  /** The name behind which there is no other. */
  readonly last: string;
  /** What it asks for in between, and does without. */
  readonly aside: RegExp | undefined;
};

const WAYS: Readonly<Record<Loader, Ways>> = {
  // doc/pxelinux.txt; U-Boot's `pxe get` has the same names (cmd/pxe.c).
  pxelinux: {
    nameIn: (path) => {
      const at = path.lastIndexOf('pxelinux.cfg/');
      return at < 0 ? undefined : path.slice(at + 'pxelinux.cfg/'.length);
    },
    nameOf: (name) => name,
    last: 'default',
    aside: undefined,
  },
  // grub-core/net/net.c, grub_net_search_config_file; lists of modules are read between the last two names, where they are there.
  grub: {
    nameIn: (path) => /(?:^|\/)(grub\.cfg(?:-[^/]*)?)$/.exec(path)?.[1],
    nameOf: (name) => (name === 'default' ? 'grub.cfg' : `grub.cfg-${name}`),
    last: 'grub.cfg',
    aside: /\/(command|fs|crypto|terminal)\.lst$/,
  },
};

export type LookupClient = {
  readonly uuidOnWire: string | undefined;
  readonly mac: string | undefined;
  readonly ip: IpAddress | undefined;
};

/**
 * The name behind each step for one client (syslinux core/fs/pxe/pxe.c, make_bootif_string and pxe_open_config). The UUID is in
 * wire order and lower case, the address in upper-case hex.
 */
export function lookupNames(
  client: LookupClient,
  loader: Loader = 'pxelinux',
): ReadonlyMap<LookupStep, string> {
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
  return new Map([...names].map(([step, name]) => [step, WAYS[loader].nameOf(name)]));
}

export type Lookup = {
  /** What stands after `pxelinux.cfg/`; of GRUB the file's name. */
  readonly name: string;
  readonly found: boolean;
  readonly event: HttpEvent | TftpEvent;
  /** Position in the story. */
  readonly index: number;
};

/** One search of a boot loader for its configuration. */
export type LookupSequence = {
  readonly lookups: readonly [Lookup, ...Lookup[]];
  readonly by: 'http' | 'tftp';
  /** The capture does not hold the whole of a name that was asked for next: it may have been found. */
  readonly isCut: boolean;
  /** Requests in between that belong to it and that it does without. */
  readonly aside: readonly (HttpEvent | TftpEvent)[];
  /** True once it found a file, gave up after the last name, or went on to something else: nothing can be added. */
  readonly closed: boolean;
};

/** Every search for a configuration in a story, in order. */
export function lookupSequences(story: Story, loader: Loader = 'pxelinux'): readonly LookupSequence[] {
  const { last, aside: isAside } = WAYS[loader];
  const sequences: LookupSequence[] = [];
  let open: Lookup[] = [];
  let aside: (HttpEvent | TftpEvent)[] = [];
  let isCut = false;
  const close = (closed: boolean): void => {
    const [first, ...others] = open;
    if (first !== undefined)
      sequences.push({ lookups: [first, ...others], by: first.event.kind, isCut, aside, closed });
    open = [];
    aside = [];
    isCut = false;
  };
  for (const [index, event] of story.events.entries()) {
    if (event.kind !== 'http' && event.kind !== 'tftp') continue;
    if (open.length > 0 && isAside?.test(pathOf(event)) === true) {
      aside.push(event);
      continue;
    }
    if (event.kind === 'tftp' && event.missing > 0 && event.file.endsWith('…')) {
      isCut = open.length > 0;
      continue;
    }
    const name = configurationName(event, loader);
    if (name === undefined) {
      close(true);
      continue;
    }
    const answer = isFound(event);
    if (answer === undefined) continue;
    open.push({ name, found: answer, event, index });
    if (answer || name === last) close(true);
  }
  close(false);
  return sequences;
}

/** By which name of a loader's configuration a file is asked for; undefined where it is none. */
export function configurationName(event: StoryEvent, loader: Loader = 'pxelinux'): string | undefined {
  return event.kind === 'http' || event.kind === 'tftp' ? WAYS[loader].nameIn(pathOf(event)) : undefined;
}

function pathOf(event: HttpEvent | TftpEvent): string {
  return event.kind === 'http' ? (event.target.split('?', 1)[0] ?? '') : event.file;
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
