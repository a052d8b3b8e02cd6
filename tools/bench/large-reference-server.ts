import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { PLACES } from '../../src/cli/places.ts';

/** Addresses for 4,096 clients, on the bench's network. */
export const POOL = { network: '10.188.16.0/20', first: '10.188.16.0', last: '10.188.31.255' } as const;

/** Writes the reference server of the seed scenarios, with that pool and durable leases, into a folder of `folder`, and returns it: a server's folder. */
export async function largeReferenceServer(folder: string): Promise<string> {
  const place = join(folder, 'reference');
  await cp(join(PLACES.servers, 'reference'), place, { recursive: true });
  const file = join(place, 'pxe.yaml');
  const config = parse(await readFile(file, 'utf8'));
  Object.assign(config.dhcp.subnets[0], { network: '10.188.0.0/16', pool: [`${POOL.first}-${POOL.last}`] });
  // On the machine's own disk: the lab's folders are in memory.
  config.leases = { file: join(folder, 'reference-leases.db') };
  await writeFile(file, stringify(config));
  return place;
}
