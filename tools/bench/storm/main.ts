/**
 * Many clients that are switched on together: `node main.ts '{"clients":2000,"spreadMs":1000,...}'`, on a host whose kernel takes
 * the pool's addresses for its own (ip route add local). One JSON document on stdout.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { mac } from '../../../src/wire/address.ts';
import { type Boot, type BootSpec, bootOne } from './boot-one.ts';
import { openDhcpClients } from './dhcp-clients.ts';

export type StormSpec = BootSpec & {
  readonly clients: number;
  /** They are switched on evenly over this time. */
  readonly spreadMs: number;
};
export type Storm = { readonly seconds: number; readonly boots: readonly Boot[] };

const spec: StormSpec = JSON.parse(process.argv[2] ?? '');
await using dhcp = await openDhcpClients();
const began = performance.now();
const boots = await Promise.all(
  Array.from({ length: spec.clients }, async (_, at) => {
    await wait((at * spec.spreadMs) / spec.clients);
    const tail = at
      .toString(16)
      .padStart(6, '0')
      .replace(/(..)(?=.)/g, '$1:');
    return bootOne(mac(`02:12:34:${tail}`), spec, dhcp);
  }),
);
const storm: Storm = { seconds: (performance.now() - began) / 1000, boots };
process.stdout.write(JSON.stringify(storm));
