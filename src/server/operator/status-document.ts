/** What /status.json and the page hold: format `pxebench-status/1`. Times are ISO 8601 in UTC. */
import { architectureName } from '../../wire/dhcp/opt-client-architecture.ts';
import type { SubnetUsage } from '../dhcp/view-dhcp.ts';
import type { TransferView } from '../transfer-view.ts';
import type { Boot, BootOutcome, Client, Rung } from './boot.ts';
import type { BootsState } from './boots.ts';
import type { LogRecord } from './log-record.ts';
import { printable } from './printable.ts';

export type ServerFacts = {
  readonly started: string;
  readonly uptimeSeconds: number;
  /** The configuration file, and when it was last read. */
  readonly config: string | undefined;
  readonly configured: string;
  readonly address: string;
  /** `DHCP on eth0 for 10.188.0.0/24`. */
  readonly services: readonly string[];
  readonly subnets: readonly SubnetUsage[];
  readonly memoryOctets: number;
  readonly viewers: number;
};

export type BootStatus = {
  readonly id: string;
  readonly begun: string;
  readonly last: string;
  readonly ended?: string;
  readonly outcome: BootOutcome;
  readonly rung: Rung;
  readonly reached: Readonly<Partial<Record<Rung, string>>>;
  readonly program: string;
  readonly loadedBy?: string;
  readonly file?: string;
  readonly order?: string;
  readonly rule?: string;
  readonly found?: string;
  /** The file it asked for last. */
  readonly latest?: string;
  /** Names that pxelinux has asked for in vain until now. */
  readonly lookups?: number;
  readonly failure?: { readonly at: string; readonly rung: Rung; readonly reason: string };
};

export type ClientStatus = {
  /** MAC address, or the address of a client that never said it. */
  readonly client: string;
  readonly mac?: string;
  readonly address?: string;
  readonly hostName?: string;
  readonly relay?: string;
  readonly architecture?: { readonly code: number; readonly name?: string };
  readonly last: string;
  readonly boot?: BootStatus;
};

export type TransferStatus = {
  readonly protocol: 'tftp' | 'http';
  readonly client: string;
  readonly address: string;
  readonly hostName?: string;
  readonly file: string;
  /** Absent where the service does not say how far it is. */
  readonly octets?: number;
  readonly size?: number;
  readonly since: string;
};

export type FailureStatus = {
  readonly at: string;
  readonly level: 'warning' | 'error';
  readonly stage: string;
  readonly client?: string;
  readonly hostName?: string;
  readonly address?: string;
  readonly boot?: string;
  readonly text: string;
  readonly because?: string;
};

export type StatusDocument = {
  readonly format: 'pxebench-status/1';
  readonly time: string;
  readonly server: ServerFacts;
  /** Heard of last comes first. */
  readonly clients: readonly ClientStatus[];
  readonly transfers: readonly TransferStatus[];
  /** The last one first. */
  readonly failures: readonly FailureStatus[];
};

export type IsoOf = (at: number) => string;

export function clientStatus(client: Client, iso: IsoOf): ClientStatus {
  const { key, mac, address, hostName, relay, boot, last } = client;
  return {
    client: key,
    ...present({ mac, address, hostName: cleaned(hostName), relay }),
    ...(boot?.architecture === undefined
      ? {}
      : {
          architecture: {
            code: boot.architecture,
            ...present({ name: architectureName(boot.architecture) }),
          },
        }),
    last: iso(last),
    ...(boot?.counted === true ? { boot: bootStatus(boot, iso) } : {}),
  };
}

function bootStatus(boot: Boot, iso: IsoOf): BootStatus {
  const { id, begun, last, ended, outcome, rung, reached, program, loadedBy, search, failure } = boot;
  return {
    id,
    begun: iso(begun),
    last: iso(last),
    ...(ended === undefined ? {} : { ended: iso(ended) }),
    outcome,
    rung,
    reached: Object.fromEntries(Object.entries(reached).map(([name, at]) => [name, iso(at)])),
    program,
    ...present({
      loadedBy,
      file: cleaned(boot.file),
      order: cleaned(boot.order),
      rule: cleaned(boot.rule),
      found: cleaned(boot.found),
      latest: cleaned(boot.latest),
    }),
    ...(search === undefined ? {} : { lookups: search.names.length }),
    ...(failure === undefined
      ? {}
      : { failure: { at: iso(failure.at), rung: failure.rung, reason: printable(failure.reason) } }),
  };
}

export function failureStatus(record: LogRecord, iso: IsoOf): FailureStatus {
  const { at, level, stage, client, hostName, address, boot, text, because } = record;
  return {
    at: iso(at),
    level: level === 'failure' ? 'error' : 'warning',
    stage,
    ...present({ client, hostName: cleaned(hostName), address, boot }),
    text: printable(text),
    ...present({ because: cleaned(because) }),
  };
}

/** What services say is under way; of a service that does not say, what its events tell. */
export function transferStatus(
  boots: BootsState,
  services: {
    readonly tftp: Iterable<TransferView> | undefined;
    readonly http: Iterable<TransferView> | undefined;
  },
  { iso, now }: { readonly iso: IsoOf; readonly now: number },
  most: number,
): readonly TransferStatus[] {
  const found: TransferStatus[] = [];
  const add = (
    protocol: 'tftp' | 'http',
    from: string,
    more: Pick<TransferStatus, 'file' | 'octets' | 'size' | 'since'>,
  ) => {
    const address = from.slice(0, from.lastIndexOf(':'));
    const client = boots.byAddress.get(address);
    const { hostName } = client ?? {};
    found.push({
      protocol,
      client: client?.key ?? address,
      address,
      ...present({ hostName: cleaned(hostName) }),
      ...more,
    });
  };
  for (const protocol of ['tftp', 'http'] as const) {
    for (const { client, file, octets, size, seconds } of services[protocol] ?? []) {
      if (found.length >= most) return found;
      add(protocol, client, {
        file: printable(file),
        octets,
        ...present({ size }),
        since: iso(now - 1000 * seconds),
      });
    }
  }
  if (services.tftp !== undefined) return found;
  for (const [from, { file, size, since }] of boots.transfers) {
    if (found.length >= most) return found;
    add('tftp', from, { file: printable(file), ...present({ size }), since: iso(since) });
  }
  return found;
}

const cleaned = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : printable(text);

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
