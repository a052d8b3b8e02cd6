import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError } from '../../config/config-error.ts';
import { toHex } from '../../wire/bytes.ts';
import type { DhcpConfig } from '../dhcp/dhcp-config.ts';
import { loadServerConfig } from './load-server-config.ts';

const text = (subnet: string, dhcp = '') => `
address: 10.188.0.10
dhcp:
  ${dhcp.trim().replaceAll('\n', '\n  ')}
  subnets:
    - network: 10.188.0.0/24
      pool: [10.188.0.60-10.188.0.70]
      lease-time: 12h
      ${subnet.trim().replaceAll('\n', '\n      ')}
`;

function fileWith(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'pxebench-dhcp-section-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'pxe.yaml');
  writeFileSync(file, content);
  return file;
}

async function read(subnet: string, dhcp?: string): Promise<Omit<DhcpConfig, 'ownAddresses'>> {
  const config = await loadServerConfig(fileWith(text(subnet, dhcp)));
  if (config.dhcp === undefined) throw new Error('wanted dhcp');
  return config.dhcp;
}
const subnetOf = async (subnet: string, dhcp?: string) => {
  const first = (await read(subnet, dhcp)).subnets[0];
  if (first === undefined) throw new Error('wanted a subnet');
  return first;
};
/** Each problem as `field: message`. */
async function problems(subnet: string, dhcp?: string): Promise<readonly string[]> {
  const error = await read(subnet, dhcp).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConfigError)) throw error ?? new Error('wanted a ConfigError');
  return error.problems.map(({ field, message }) => `${field}: ${message}`);
}

describe('the dhcp section', () => {
  it('has defaults: safe for an operator, and what RFC 2131 says', async () => {
    expect(await read('')).toMatchObject({
      ...{ bootp: 'reserved', overload: 'when-needed', probeAddresses: true, relays: undefined },
      leasesPerRemoteId: Number.POSITIVE_INFINITY,
      subnets: [
        {
          ...{ leaseSeconds: 43_200, minLeaseSeconds: 120, maxLeaseSeconds: 43_200 },
          ...{ renewAt: 0.5, rebindAt: 0.875, share: undefined },
        },
      ],
    });
  });

  it('reads what is asked for', async () => {
    const dhcp = `
bootp: dynamic
overload: never
probe-addresses: false
relays: [10.188.0.1]
leases-per-remote-id: 4`;
    const subnet = `
share: hall
min-lease-time: 5m
max-lease-time: infinite
renew-at: 0.25
rebind-at: 0.5`;
    expect(await read(subnet, dhcp)).toMatchObject({
      ...{ bootp: 'dynamic', overload: 'never', probeAddresses: false, leasesPerRemoteId: 4 },
      relays: new Set(['10.188.0.1']),
      subnets: [
        {
          ...{ share: 'hall', renewAt: 0.25, rebindAt: 0.5, minLeaseSeconds: 300 },
          maxLeaseSeconds: Number.POSITIVE_INFINITY,
        },
      ],
    });
  });

  it('cuts what is excluded out of the pool', async () => {
    const { ranges } = await subnetOf(
      'exclude: [10.188.0.60, 10.188.0.64-10.188.0.66, 10.188.0.69-10.188.0.80]',
    );
    expect(ranges).toEqual([
      { first: '10.188.0.61', last: '10.188.0.63' },
      { first: '10.188.0.67', last: '10.188.0.68' },
    ]);
    expect((await subnetOf('exclude: [10.188.0.1-10.188.0.200]')).ranges).toEqual([]);
  });

  it.each([
    ['min-lease-time: 13h', 'dhcp.subnets[0].min-lease-time: wanted at most the lease-time, 12h'],
    ['max-lease-time: 11h', 'dhcp.subnets[0].max-lease-time: wanted at least the lease-time, 12h'],
    ['renew-at: 0.9', 'dhcp.subnets[0].renew-at: wanted renewing before rebinding, got 0.9 and 0.875'],
    ['rebind-at: 1.5', 'dhcp.subnets[0].rebind-at: wanted a number below 1; got 1.5'],
    ['exclude: [10.189.0.1]', "dhcp.subnets[0].exclude[0]: 10.189.0.1 is no host's address in 10.188.0.0/24"],
  ])('refuses %s', async (subnet, problem) => {
    expect(await problems(subnet)).toContain(problem);
  });

  it('refuses subnets that overlap', async () => {
    const overlapping = `${text('')}    - { network: 10.188.0.128/25, pool: [], lease-time: 1h }\n`;
    const error = await loadServerConfig(fileWith(overlapping)).catch((thrown: unknown) => thrown);
    expect(error instanceof ConfigError && error.problems.map(({ message }) => message)).toEqual([
      '10.188.0.128/25 overlaps 10.188.0.0/24',
    ]);
  });
});

describe('options', () => {
  const encoded = async (options: string): Promise<Readonly<Record<number, string>>> => {
    const { values } = (await subnetOf(`options:\n  ${options.trim().replaceAll('\n', '\n  ')}`)).options;
    return Object.fromEntries(Array.from(values, ([code, data]) => [code, toHex(data)]));
  };

  it('are known by name or number, each with the kind of value that it has', async () => {
    expect(
      await encoded(`
ntp-servers: [10.188.0.1, 10.188.0.2]
log-servers: 10.188.0.3
interface-mtu: 9000
domain-search: [example.com, lab.example.com]
121: [10.0.0.0/8 via 10.188.0.1, 0.0.0.0/0 via 10.188.0.2]
19: false
root-path: "iscsi:san.example.com::::iqn.2007-08.com.example:disk"
initiator-name: iqn.2007-08.com.example:me
pxelinux-config-file: configs/common
pxelinux-reboot-time: 60
252: { text: "http://wpad.example.com/" }
224: { hex: "01 0a:ff" }
225: { ips: [10.188.0.4] }
226: { u16: 258 }
227: { bool: true }`),
    ).toEqual({
      42: '0abc00010abc0002',
      7: '0abc0003',
      26: '2328',
      119: `${toHex(Buffer.from('\x07example\x03com\0'))}${toHex(Buffer.from('\x03lab'))}c000`,
      121: '080a0abc0001000abc0002',
      19: '00',
      17: toHex(Buffer.from('iscsi:san.example.com::::iqn.2007-08.com.example:disk')),
      203: toHex(Buffer.from('iqn.2007-08.com.example:me')),
      209: toHex(Buffer.from('configs/common')),
      211: '0000003c',
      252: toHex(Buffer.from('http://wpad.example.com/')),
      224: '010aff',
      225: '0abc0004',
      226: '0102',
      227: '01',
    });
  });

  it("of the server hold in every subnet that has not its own, or a field for it; a client's stand before both", async () => {
    const { options, routers, reservations } = await subnetOf(
      `
routers: [10.188.0.1]
options: { 42: [10.188.0.2], 224: { text: here, always: true } }
clients: [{ mac: "02:00:00:00:00:01", address: 10.188.0.90, options: { 42: [10.188.0.3] } }]`,
      'options: { 42: [10.0.0.1], routers: [10.0.0.2], pxelinux-path-prefix: /p/, 224: { text: there } }',
    );
    expect(Object.fromEntries(Array.from(options.values, ([code, data]) => [code, toHex(data)]))).toEqual({
      42: '0abc0002',
      210: toHex(Buffer.from('/p/')),
      224: toHex(Buffer.from('here')),
    });
    expect(routers).toEqual(['10.188.0.1']);
    // PXE-026: what pxelinux reads is sent unasked.
    expect([...options.always]).toEqual([210, 224]);
    const [reservation] = [...reservations.values()];
    expect(reservation?.options.values.get(42)).toEqual(Uint8Array.of(10, 188, 0, 3));
  });

  it.each([
    ['ntp-server: [10.0.0.1]', 'ntp-server: no option is called "ntp-server"'],
    ['300: { text: x }', '300: option 300 cannot be set here: options go from 1 to 254'],
    ['51: 60', '51: option 51 cannot be set here: use "lease-time"'],
    ['67: boot.img', '67: option 67 cannot be set here: it follows from "boot"'],
    ['53: 1', '53: option 53 cannot be set here: it is part of the protocol itself'],
    ['1: 255.255.0.0', '1: option 1 cannot be set here: it follows from "network"'],
    [
      '224: text',
      '224: wanted a value with its kind, such as { text: ... } or { ips: [...] }: this option is not known here',
    ],
    ['224: { text: a, u8: 1 }', '224: wanted one of'],
    ['ntp-servers: here', 'ntp-servers: wanted addresses, got "here"'],
    ['ntp-servers: []', 'ntp-servers: wanted addresses, got []'],
    ['interface-mtu: 67', 'interface-mtu: wanted an MTU of at least 68, got 67'],
    ['interface-mtu: 70000', 'interface-mtu: wanted a whole number up to 65535, got 70000'],
    ['interface-mtu: { text: a }', 'interface-mtu: wanted u16 (or hex) for this option, got text'],
    ['time-zone: ""', 'time-zone: wanted a text of printable ASCII, got ""'],
    ['static-routes: [10.0.0.1]', 'static-routes: wanted pairs of addresses: destination, router'],
    ['121: [10.0.0.0 via 10.0.0.1]', '121: wanted a route like "10.0.0.0/8 via 10.188.0.1"'],
    ['121: [10.1.0.0/8 via 10.0.0.1]', '121: 10.1.0.0 is inside the network 10.0.0.0/8'],
    ['domain-search: [a..b]', 'domain-search: domain name: wanted labels'],
    ['224: { hex: "0" }', '224: wanted octets in hex, like 01 0a ff, got "0"'],
    ['root-path: "iscsi:san:::0"', 'root-path: wanted iscsi:SERVER:PROTOCOL:PORT:LUN:TARGET'],
    ['{ ntp-servers: [10.0.0.1], 42: [10.0.0.1] }', 'option 42 stands twice, by name and by number'],
  ])('refuses %s', async (option, problem) => {
    const subnet = option.startsWith('{') ? `options: ${option}` : `options: { ${option} }`;
    expect((await problems(subnet)).join('\n')).toContain(problem);
  });

  it('refuses an option that stands as a field too', async () => {
    expect(await problems('domain: example.com\noptions: { domain: example.org }')).toEqual([
      'dhcp.subnets[0].domain: option 15 stands twice: here and in "options"',
    ]);
  });

  it('suggests the name that was meant', async () => {
    const error = await read('options: { ntp-server: [10.0.0.1] }').catch((thrown: unknown) => thrown);
    expect(error instanceof ConfigError && error.problems[0]?.hint).toContain('ntp-servers');
  });
});
