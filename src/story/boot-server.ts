import type { DhcpEvent } from './event.ts';

/** PXE 2.1 §2.2.1: where boot servers are asked, and answer from. */
export const BOOT_SERVER_PORT = 4011;

/** The message was sent to a boot server, or by one: it is no DHCP server's. */
export function isBootServer({ source, destination }: Pick<DhcpEvent, 'source' | 'destination'>): boolean {
  return source.port === BOOT_SERVER_PORT || destination.port === BOOT_SERVER_PORT;
}
