import type { SubnetUsage } from '../dhcp/view-dhcp.ts';
import type { BootsState } from './boots.ts';
import { type Family, gauge, type Sample } from './metric.ts';

/** What is looked up when Prometheus asks, not counted as it happens. */
export type Measured = {
  readonly boots: BootsState;
  readonly subnets: readonly SubnetUsage[];
  readonly transfers: { readonly tftp: number; readonly http: number | undefined };
  readonly viewers: number;
  readonly uptimeSeconds: number;
  readonly startSeconds: number;
  readonly configuredSeconds: number;
  readonly memory: { readonly rss: number; readonly heapUsed: number };
  readonly cpuSeconds: number;
  /** Seconds by which the event loop was late since the last time somebody asked. */
  readonly lag: { readonly median: number; readonly p99: number; readonly max: number };
};

export function measuredFamilies(measured: Measured): readonly Family[] {
  const { boots, subnets, transfers, lag, memory } = measured;
  const bySubnet = (value: (usage: SubnetUsage) => number): readonly Sample[] =>
    subnets.map((usage) => ({ labels: { subnet: usage.network }, value: value(usage) }));
  const running = [...boots.clients.values()].filter(
    ({ boot }) => boot?.counted === true && boot.outcome === 'running',
  ).length;
  const inProgress: Sample[] = [{ labels: { protocol: 'tftp' }, value: transfers.tftp }];
  if (transfers.http !== undefined) inProgress.push({ labels: { protocol: 'http' }, value: transfers.http });
  return [
    gauge(
      'pxebench_dhcp_leases',
      'Records of leases by state; what has run out counts as released.',
      subnets.flatMap(({ network, states }) =>
        Object.entries(states).map(([state, value]) => ({ labels: { subnet: network, state }, value })),
      ),
    ),
    gauge(
      'pxebench_dhcp_pool_addresses',
      'Addresses that any client may get.',
      bySubnet(({ pool }) => pool),
    ),
    gauge(
      'pxebench_dhcp_pool_free_addresses',
      'Addresses of the pool that nobody has now.',
      bySubnet(({ free }) => free),
    ),
    gauge('pxebench_transfers_in_progress', 'Files on their way to clients.', inProgress),
    gauge('pxebench_boots_running', 'Boots under way.', running),
    gauge('pxebench_clients', 'Clients that are remembered.', boots.clients.size),
    gauge('pxebench_status_viewers', 'Browsers that watch the page.', measured.viewers),
    gauge('pxebench_uptime_seconds', 'Since the server started.', measured.uptimeSeconds),
    gauge(
      'pxebench_config_loaded_timestamp_seconds',
      'When the present configuration was taken over.',
      measured.configuredSeconds,
    ),
    gauge('pxebench_event_loop_lag_seconds', 'How late the event loop was since it was last asked for.', [
      { labels: { quantile: '0.5' }, value: lag.median },
      { labels: { quantile: '0.99' }, value: lag.p99 },
      { labels: { quantile: '1' }, value: lag.max },
    ]),
    gauge('process_resident_memory_bytes', 'Resident memory.', memory.rss),
    gauge('nodejs_heap_size_used_bytes', 'Memory that objects use.', memory.heapUsed),
    gauge(
      'process_start_time_seconds',
      'When the process started, in seconds since 1970.',
      measured.startSeconds,
    ),
    {
      name: 'process_cpu_seconds_total',
      help: 'Processor time used.',
      type: 'counter',
      samples: [{ labels: {}, value: measured.cpuSeconds }],
    },
  ];
}
