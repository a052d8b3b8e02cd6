import { networkInterfaces } from 'node:os';
import { type Ipv4Address, type MacAddress, parseIpv4, parseMac } from '../../wire/address.ts';
import { ServerError } from './server-error.ts';

export type OwnInterface = {
  readonly name: string;
  readonly mac: MacAddress;
  /** All IPv4 addresses of this machine. */
  readonly ownAddresses: ReadonlySet<Ipv4Address>;
};

/** The interface that has an address. Throws ServerError SERVER_NO_INTERFACE. */
export function interfaceWith(address: Ipv4Address): OwnInterface {
  const all = Object.entries(networkInterfaces()).flatMap(([name, entries = []]) =>
    entries.filter(({ family }) => family === 'IPv4').map((entry) => ({ ...entry, name })),
  );
  const found = all.find((entry) => entry.address === address);
  const mac = parseMac(found?.mac ?? '');
  if (found === undefined || mac === undefined) {
    throw new ServerError(
      'SERVER_NO_INTERFACE',
      `no interface has ${address}; there is ${all.map((one) => `${one.name} ${one.address}`).join(', ') || 'none'}`,
      `give one of them this address (ip addr add ${address}/24 dev ...), or correct "address" in the configuration`,
    );
  }
  const addresses = all.map((entry) => parseIpv4(entry.address)).filter((own) => own !== undefined);
  return { name: found.name, mac, ownAddresses: new Set(addresses) };
}
