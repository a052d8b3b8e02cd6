/** What a DHCP core is told, and what it wants done: shared with the proxy's core and port 4011. */
import type { Ipv4Address, MacAddress } from '../../wire/address.ts';
import type { ServerEvent } from '../event.ts';
import type { Lease } from '../leases/lease-table.ts';
import type { ProbeMeans } from './address-probes.ts';
import type { Destination } from './destination.ts';

export type DhcpInput =
  /** A UDP payload that came to port 67. */
  | {
      readonly kind: 'datagram';
      readonly bytes: Uint8Array;
      readonly source: { readonly address: string; readonly port: number };
      /** The server's own address on the interface it came in through. */
      readonly via: Ipv4Address;
    }
  /** What came of a `probe`. */
  | {
      readonly kind: 'probed';
      readonly address: Ipv4Address;
      /** Undefined: silence. `unknown`: somebody whose hardware address is not to be seen from here. */
      readonly answeredBy: MacAddress | 'unknown' | undefined;
    };

export type DhcpOutput =
  /** A lease that changed. What a step sends after it goes out only when the record is durable. */
  | { readonly kind: 'record'; readonly lease: Lease }
  | {
      readonly kind: 'send';
      readonly bytes: Uint8Array;
      readonly to: Destination;
      /** Which of the server's interfaces it leaves through, by its address. */
      readonly via: Ipv4Address;
    }
  /** Somebody is to be asked for at the address; a `probed` follows in half a second at the latest. */
  | {
      readonly kind: 'probe';
      readonly address: Ipv4Address;
      readonly means: ProbeMeans;
      readonly via: Ipv4Address;
    }
  | { readonly kind: 'event'; readonly event: ServerEvent };
