import type { LeaseUsage } from '../leases/lease-table.ts';
import type { DhcpState } from './dhcp-state.ts';

export type SubnetUsage = LeaseUsage & {
  /** `10.188.0.0/24`. */
  readonly network: string;
};

/** Changes nothing. Goes through all leases. */
export function viewDhcp({ subnets }: DhcpState, now: number): readonly SubnetUsage[] {
  return Array.from(subnets, ([{ network, prefixLength }, { leases }]) => ({
    network: `${network}/${prefixLength}`,
    ...leases.usage(now),
  }));
}
