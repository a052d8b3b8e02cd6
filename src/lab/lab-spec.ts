import { type Ipv4Address, ipv4, type MacAddress, mac, parseIpv4, parseMac } from '../wire/address.ts';
import { LabError } from './lab-error.ts';

/** A bridge: what is attached to it hears its broadcasts. */
export type LabNetwork = {
  readonly name: string;
  readonly prefixLength: number;
};

/** A host's interface: the first one is called `eth0` on the host, the next `eth1`. */
export type LabInterface = {
  readonly network: string;
  readonly mac: MacAddress;
  readonly address: Ipv4Address;
};

/** A machine that is only a network namespace: processes run in it. */
export type LabHost = {
  /** Also the name of its port on the bridge. */
  readonly name: string;
  readonly interfaces: readonly [LabInterface, ...LabInterface[]];
  /** Default route. */
  readonly gateway?: Ipv4Address;
  /** Passes packets on between its interfaces, and says so (ICMP) when it cannot. */
  readonly forwards?: boolean;
};

export type LabSpec = {
  /** The first one is the clients': its bridge gets the taps, and it is what the capture shows. */
  readonly networks: readonly [LabNetwork, ...LabNetwork[]];
  readonly hosts: readonly LabHost[];
  /** The host whose first address answers DNS on port 53, UDP and TCP; every name it does not know is NXDOMAIN. */
  readonly dns?: { readonly host: string; readonly names: Readonly<Record<string, Ipv4Address>> };
  /**
   * The host that answers router solicitations on the clients' network, without prefix and with lifetime 0: "no IPv6
   * here". Without an answer iPXE waits 13 s for one.
   */
  readonly routerAdvertisements?: { readonly host: string };
};

/** Names of bridges in the lab: `br0` is the clients'. */
export const bridgeName = (networkIndex: number): string => `br${networkIndex}`;
/** Name of the port of a host's n-th interface. */
export const portName = (host: string, index: number): string => (index === 0 ? host : `${host}.${index}`);
/** The lab's own port on the clients' bridge: frames of replayed and crafted clients enter here. */
export const INJECT_PORT = 'inject';
/** The other end of that port, where frames are sent. */
export const INJECTOR = 'injector';

const LAN = 'lan';
const FAR = 'far';

/** 02: locally administered; then the address, so that a MAC in a capture says whose it is. */
function macOf(address: Ipv4Address): MacAddress {
  return mac(
    `02:00:${address
      .split('.')
      .map((octet) => Number(octet).toString(16).padStart(2, '0'))
      .join(':')}`,
  );
}

function on(network: string, address: string): LabInterface {
  return { network, address: ipv4(address), mac: macOf(ipv4(address)) };
}

const GATEWAY = ipv4('10.188.0.1');
const FAR_GATEWAY = '10.189.0.1';

export type SeedLabOptions = {
  /** `san`: 10.188.0.30. `mirror`: 10.189.0.40, behind the gateway on a network of its own. */
  readonly with?: readonly ('san' | 'mirror')[];
  /** 'none': nobody answers router solicitations. */
  readonly routerAdvertisements?: 'answer' | 'none';
};

/**
 * The network of the write-up: 10.188.0.0/24 with `pxe` (.10), `gateway` (.1) and `dns` (.20), domain example.com. The addresses
 * .60 to .70 are left to clients.
 */
export function seedLab(options: SeedLabOptions = {}): LabSpec {
  const extra = options.with ?? [];
  const behind = extra.includes('mirror') ? [on(FAR, FAR_GATEWAY)] : [];
  const hosts: LabHost[] = [
    { name: 'pxe', interfaces: [on(LAN, '10.188.0.10')], gateway: GATEWAY },
    { name: 'gateway', interfaces: [on(LAN, GATEWAY), ...behind], forwards: true },
    { name: 'dns', interfaces: [on(LAN, '10.188.0.20')], gateway: GATEWAY },
  ];
  if (extra.includes('san')) {
    hosts.push({ name: 'san', interfaces: [on(LAN, '10.188.0.30')], gateway: GATEWAY });
  }
  if (extra.includes('mirror')) {
    hosts.push({ name: 'mirror', interfaces: [on(FAR, '10.189.0.40')], gateway: ipv4(FAR_GATEWAY) });
  }
  const lan: LabNetwork = { name: LAN, prefixLength: 24 };
  return {
    networks: extra.includes('mirror') ? [lan, { name: FAR, prefixLength: 24 }] : [lan],
    hosts,
    dns: {
      host: 'dns',
      names: Object.fromEntries(
        hosts.map((host) => [`${host.name}.example.com`, host.interfaces[0].address]),
      ),
    },
    ...(options.routerAdvertisements === 'none' ? {} : { routerAdvertisements: { host: 'gateway' } }),
  };
}

export const SEED_LAB: LabSpec = seedLab();

/** Interface names have at most 15 octets; a port may end in `.1`. */
const HOST_NAME = /^[a-z][a-z0-9-]{0,12}$/;
const RESERVED = /^(lo|br\d*|tap\d*|link\d*|cable\d*|inject|injector|all|default)$/;

function bad(where: string, wanted: string, got: unknown): LabError {
  return new LabError('LAB_BAD_SPEC', `${where}: wanted ${wanted}, got ${JSON.stringify(got)}`);
}

/** Throws LabError LAB_BAD_SPEC for the first thing that cannot be built: names end up in a shell script. */
export function checkLabSpec(spec: LabSpec): void {
  const seen = new Set<string>();
  const once = (where: string, what: string): void => {
    if (seen.has(what)) throw bad(where, 'something not used before', what);
    seen.add(what);
  };
  const networks = new Map(spec.networks.map((network) => [network.name, network]));
  if (networks.size !== spec.networks.length) throw bad('networks', 'different names', [...networks.keys()]);
  for (const { name, prefixLength } of spec.networks) {
    const fits = Number.isInteger(prefixLength) && prefixLength >= 8 && prefixLength <= 30;
    if (!fits) throw bad(`networks.${name}.prefixLength`, 'an integer from 8 to 30', prefixLength);
  }
  for (const host of spec.hosts) {
    const where = `hosts.${host.name}`;
    if (!HOST_NAME.test(host.name) || RESERVED.test(host.name)) {
      throw bad(
        'hosts.name',
        'a name like "pxe": at most 13 letters, digits, "-"; not a name of the lab',
        host.name,
      );
    }
    once('hosts.name', host.name);
    if (host.interfaces.length > 10) throw bad(`${where}.interfaces`, 'at most 10', host.interfaces.length);
    for (const { network, mac: address, address: ip } of host.interfaces) {
      if (!networks.has(network))
        throw bad(`${where}.network`, `one of ${[...networks.keys()].join(', ')}`, network);
      if (parseMac(address) !== address) throw bad(`${where}.mac`, 'a MAC address', address);
      if (parseIpv4(ip) === undefined) throw bad(`${where}.address`, 'a dotted quad', ip);
      once(`${where}.mac`, address);
      once(`${where}.address`, ip);
    }
    if (host.gateway !== undefined && parseIpv4(host.gateway) === undefined) {
      throw bad(`${where}.gateway`, 'a dotted quad', host.gateway);
    }
  }
  const clients = spec.networks[0].name;
  const router = spec.hosts.find((host) => host.name === spec.routerAdvertisements?.host);
  if (spec.routerAdvertisements !== undefined && router?.interfaces[0].network !== clients) {
    throw bad(
      'routerAdvertisements.host',
      `a host whose eth0 is on ${clients}`,
      spec.routerAdvertisements.host,
    );
  }
  if (spec.dns !== undefined && !spec.hosts.some((host) => host.name === spec.dns?.host)) {
    throw bad('dns.host', 'one of the hosts', spec.dns.host);
  }
}
