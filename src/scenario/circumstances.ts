import { type LabSpec, seedLab } from '../lab/lab-spec.ts';
import type { HostNames } from '../report/ladder.ts';
import type { Story } from '../story/event.ts';
import type { MachineIdentity } from '../vm/qemu-arguments.ts';
import { ipv4, parseIpv4 } from '../wire/address.ts';
import { uuidInWireOrder, uuidOctets } from '../wire/dhcp/opt-client-machine-id.ts';
import type { Scenario } from './scenario.ts';
import type { ScenarioFile } from './schema.ts';
import type { VariableName, Variables } from './variables.ts';

const DOMAIN = 'example.com';
const NETMASK = '255.255.255.0';

/** The network a scenario asks for: the write-up's, with what the scenario changes. */
export function labSpecOf({
  file,
}: {
  readonly file: Pick<ScenarioFile, 'names' | 'router-advertisement'>;
}): LabSpec {
  const spec = seedLab({ routerAdvertisements: file['router-advertisement'] === 'none' ? 'none' : 'answer' });
  if (spec.dns === undefined || file.names === undefined) return spec;
  const names = { ...spec.dns.names };
  for (const [name, address] of Object.entries(file.names)) {
    if (address === 'unknown') delete names[name];
    else names[name] = ipv4(address);
  }
  return { ...spec, dns: { ...spec.dns, names } };
}

/** What `${...}` stands for in this run. The client's address is there once it was acknowledged. */
export function variablesOf(
  { mac, file }: Pick<Scenario, 'mac'> & { readonly file: Pick<ScenarioFile, 'client'> },
  story: Story,
  lab: LabSpec,
): Variables {
  // A replayed client has no more than its addresses and its UUID.
  const client: Partial<MachineIdentity> = file.client;
  const values: [VariableName, string | undefined][] = [
    ['client.mac', mac],
    ['client.ip', story.client.addresses.findLast((address) => parseIpv4(address) !== undefined)],
    ['client.uuid', client.uuid?.toLowerCase()],
    ['client.uuid-on-wire', client.uuid === undefined ? undefined : onWire(client.uuid)],
    ['client.manufacturer', client.manufacturer],
    ['client.product', client.product],
    ['client.serial', client.serial],
    ['client.asset', client.asset],
    ['pxe', addressOf(lab, 'pxe')],
    ['gateway', addressOf(lab, 'gateway')],
    ['dns', addressOf(lab, 'dns')],
    ['domain', DOMAIN],
    ['netmask', NETMASK],
  ];
  return new Map(values.filter((entry): entry is [VariableName, string] => entry[1] !== undefined));
}

/** The lab's hosts by address, for the ladder. */
export function hostNamesOf(lab: LabSpec): HostNames {
  return new Map(
    lab.hosts.flatMap((host) => host.interfaces.map(({ address }) => [address, host.name] as const)),
  );
}

function addressOf(lab: LabSpec, host: string): string | undefined {
  return lab.hosts.find(({ name }) => name === host)?.interfaces[0].address;
}

/** Three groups byte-swapped; the other way round it is the same. */
export function onWire(uuid: string): string | undefined {
  const octets = uuidOctets(uuid, 'smbios');
  return octets === undefined ? undefined : uuidInWireOrder(octets);
}
