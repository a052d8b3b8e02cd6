import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ServerConfig } from '../config/server-config.ts';
import type { SubnetUsage } from '../dhcp/view-dhcp.ts';
import { exposition } from '../operator/metric.ts';
import { measuredFamilies } from '../operator/server-metrics.ts';
import { transferStatus } from '../operator/status-document.ts';
import type { StatusView } from '../operator/status-feed.ts';
import type { TransferView } from '../transfer-view.ts';
import type { Clock } from './clock.ts';
import type { Operator } from './operator.ts';

/** What is asked of a running server for its page and its metrics. */
export type StatusSourceDeps = {
  readonly operator: Operator;
  readonly clock: Clock;
  /** On the clock. */
  readonly started: number;
  readonly config: () => { readonly config: ServerConfig; readonly since: number };
  /** What serves, in words. */
  readonly services: readonly string[];
  readonly subnets: () => readonly SubnetUsage[];
  readonly tftp: () => Iterable<TransferView> | undefined;
  readonly http: () => Iterable<TransferView> | undefined;
  readonly viewers: () => number;
};

export interface StatusSource extends Disposable {
  readonly view: StatusView;
  readonly metrics: () => string;
}

/** Going through 50,000 leases takes a few milliseconds: not for every viewer and every scrape anew. */
const USAGE_MS = 2000;
const LAG_RESOLUTION_MS = 20;
const NANOSECONDS = 1e9;

export function statusSource(deps: StatusSourceDeps): StatusSource {
  const { operator, clock } = deps;
  const delay = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  delay.enable();
  const iso = (at: number): string => new Date(operator.epochOf(at)).toISOString();
  let usage: { readonly at: number; readonly subnets: readonly SubnetUsage[] } | undefined;
  const subnets = (): readonly SubnetUsage[] => {
    const now = clock.now();
    if (usage === undefined || now - usage.at >= USAGE_MS) usage = { at: now, subnets: deps.subnets() };
    return usage.subnets;
  };
  const uptimeSeconds = (): number => Math.round((clock.now() - deps.started) / 1000);

  const view: StatusView = {
    boots: operator.boots,
    iso,
    now: clock.now,
    server: () => {
      const { config, since } = deps.config();
      return {
        started: iso(deps.started),
        uptimeSeconds: uptimeSeconds(),
        config: config.file,
        configured: iso(since),
        address: config.address,
        services: deps.services,
        subnets: subnets(),
        memoryOctets: process.memoryUsage.rss(),
        viewers: deps.viewers(),
      };
    },
    transfers: (most) =>
      transferStatus(
        operator.boots(),
        { tftp: deps.tftp(), http: deps.http() },
        { iso, now: clock.now() },
        most,
      ),
  };

  return {
    view,
    metrics: () => {
      const boots = operator.boots();
      const [tftp, http] = [deps.tftp(), deps.http()];
      const { rss, heapUsed } = process.memoryUsage();
      const { user, system } = process.cpuUsage();
      // A histogram of delays between timers: what is above its own resolution is lag.
      const lag = (nanoseconds: number): number =>
        Math.max(
          0,
          (Number.isFinite(nanoseconds) ? nanoseconds : 0) / NANOSECONDS - LAG_RESOLUTION_MS / 1000,
        );
      const text = exposition([
        ...operator.tally.families(),
        ...measuredFamilies({
          boots,
          subnets: subnets(),
          transfers: {
            tftp: tftp === undefined ? boots.transfers.size : [...tftp].length,
            http: http === undefined ? undefined : [...http].length,
          },
          viewers: deps.viewers(),
          uptimeSeconds: uptimeSeconds(),
          startSeconds: operator.epochOf(deps.started) / 1000,
          configuredSeconds: operator.epochOf(deps.config().since) / 1000,
          memory: { rss, heapUsed },
          cpuSeconds: (user + system) / 1e6,
          lag: { median: lag(delay.percentile(50)), p99: lag(delay.percentile(99)), max: lag(delay.max) },
        }),
      ]);
      delay.reset();
      return text;
    },
    [Symbol.dispose]: () => delay.disable(),
  };
}
