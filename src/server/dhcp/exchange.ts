import type { DhcpMessage } from '../../wire/dhcp/message.ts';
import type { ClientKey, Lease, LeaseTable } from '../leases/lease-table.ts';
import type { BootHistory } from './boot-history.ts';
import type { DhcpConfig, Subnet } from './dhcp-config.ts';

/** One client's message, and all that answering it needs. */
export type Exchange = {
  readonly request: DhcpMessage;
  readonly config: DhcpConfig;
  readonly subnet: Subnet;
  readonly subnetOptions: ReadonlyMap<number, Uint8Array>;
  readonly leases: LeaseTable;
  readonly boots: BootHistory;
  readonly key: ClientKey;
  readonly now: number;
};

/** What a message leads to, before it is octets. */
export type Answer =
  | { readonly kind: 'offer' | 'ack' | 'released' | 'declined'; readonly lease: Lease }
  | { readonly kind: 'inform-ack' }
  | { readonly kind: 'nak'; readonly because: string }
  | { readonly kind: 'silence'; readonly because: string };
