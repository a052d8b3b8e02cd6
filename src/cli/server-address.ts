import { SEED_LAB } from '../lab/lab-spec.ts';
import type { ServerSpec } from '../sut/server-spec.ts';
import type { Ipv4Address } from '../wire/address.ts';

/** Of the first host of the lab that the server has processes on. */
export function addressOf({ file }: ServerSpec): Ipv4Address | undefined {
  const [name] = Object.keys(file.value.hosts);
  return SEED_LAB.hosts.find((host) => host.name === name)?.interfaces[0].address;
}
