import { networkInterfaces } from 'node:os';
import { type Ipv4Address, type MacAddress, parseIpv4, parseMac } from '../../wire/address.ts';
import { ServerError } from './server-error.ts';

/** An interface with clients on its wire. */
export type OwnInterface = {
  readonly name: string;
  readonly mac: MacAddress;
  /** What clients there know this server by: option 54, and where replies come from. */
  readonly address: Ipv4Address;
};

export type OwnInterfaces = {
  /** First the one that has the configuration's address. */
  readonly served: readonly [OwnInterface, ...OwnInterface[]];
  /** All IPv4 addresses of this machine. */
  readonly ownAddresses: ReadonlySet<Ipv4Address>;
};

/**
 * The interface that has `address`, and every other one that has an address in a network that is served: those networks are
 * on its wire. Throws ServerError SERVER_NO_INTERFACE where no interface has `address`.
 */
export function ownInterfaces(
  address: Ipv4Address,
  isServed: (address: Ipv4Address) => boolean,
): OwnInterfaces {
  const all = Object.entries(networkInterfaces()).flatMap(([name, entries = []]) =>
    entries.flatMap((entry): OwnInterface[] => {
      const [own, mac] = [parseIpv4(entry.address), parseMac(entry.mac)];
      // An address may have a label, eth0:1, which is no interface's name.
      return own === undefined || mac === undefined
        ? []
        : [{ name: name.replace(/:.*/, ''), mac, address: own }];
    }),
  );
  const first = all.find((entry) => entry.address === address);
  if (first === undefined) {
    throw new ServerError(
      'SERVER_NO_INTERFACE',
      `no interface has ${address}; there is ${all.map((one) => `${one.name} ${one.address}`).join(', ') || 'none'}`,
      `give one of them this address (ip addr add ${address}/24 dev ...), or correct "address" in the configuration`,
    );
  }
  const others = new Map<string, OwnInterface>();
  for (const entry of all) {
    if (entry.name === first.name || others.has(entry.name) || !isServed(entry.address)) continue;
    others.set(entry.name, entry);
  }
  return {
    served: [first, ...others.values()],
    ownAddresses: new Set(all.map((entry) => entry.address)),
  };
}
