import type { Ipv4Address } from '../../wire/address.ts';

/**
 * What a DNS server knows: host names and their IPv4 addresses below one origin.
 * Names are kept in lower case without the final dot; RFC 4343: letter case does not count.
 */
export type Zone = {
  /** `example.com`; `.` makes the server the authority for every name there is, as on an isolated network. */
  readonly origin: string;
  /** Seconds an answer may be kept, the negative ones too (RFC 2308 §5). */
  readonly ttl: number;
  readonly hosts: ReadonlyMap<string, readonly Ipv4Address[]>;
  /** Names without a record of their own that have one below them: they exist, and have no data (RFC 8020 §2). */
  readonly emptyNames: ReadonlySet<string>;
};

export type ZoneSource = {
  readonly origin: string;
  readonly ttl?: number;
  /** Full names, one or more addresses each. */
  readonly hosts: Readonly<Record<string, Ipv4Address | readonly Ipv4Address[]>>;
};

const DEFAULT_TTL_SECONDS = 60;

/** Lower case, no dot at the end; the root is `.`. */
export function canonicalName(name: string): string {
  const text = name.toLowerCase().replace(/\.$/, '');
  return text === '' ? '.' : text;
}

export function isWithin(name: string, origin: string): boolean {
  return origin === '.' || name === origin || name.endsWith(`.${origin}`);
}

/** Builds the tables an answer is looked up in. Names outside the origin stand in `hosts` but are never asked for. */
export function dnsZone(source: ZoneSource): Zone {
  const origin = canonicalName(source.origin);
  const hosts = new Map<string, readonly Ipv4Address[]>();
  const emptyNames = new Set<string>([origin]);
  for (const [name, addresses] of Object.entries(source.hosts)) {
    const canonical = canonicalName(name);
    hosts.set(canonical, typeof addresses === 'string' ? [addresses] : addresses);
    let parent = canonical;
    while (parent.includes('.') && parent !== origin) {
      parent = parent.slice(parent.indexOf('.') + 1);
      emptyNames.add(parent);
    }
  }
  return { origin, ttl: source.ttl ?? DEFAULT_TTL_SECONDS, hosts, emptyNames };
}
