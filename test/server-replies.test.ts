/** What a reader that is not ours makes of what the reference server's DHCP says. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LINKTYPE } from '../src/pcap/link-type.ts';
import { hasTshark, NEEDS_TSHARK } from '../src/pcap/testing/tshark.ts';
import { PcapngWriter } from '../src/pcap/write-pcapng.ts';
import {
  asking,
  dhcpBench,
  dhcpConfig,
  octetsOf,
  rom,
  subnetAt,
} from '../src/server/dhcp/testing/dhcp-bench.ts';
import { ipv4, mac } from '../src/wire/address.ts';
import { classlessRoutesOption } from '../src/wire/dhcp/opt-classless-routes.ts';
import { domainSearchOption } from '../src/wire/dhcp/opt-domain-search.ts';
import { ETHER_TYPE, serializeEthernet } from '../src/wire/ethernet.ts';
import { IP_PROTOCOL, serializeIpv4 } from '../src/wire/ipv4.ts';
import { serializeUdp } from '../src/wire/udp.ts';

const RESERVED = mac('00:00:00:00:00:99');
/** In one option: tshark 4.0 joins no parts. */
const manyRoutes = Array.from({ length: 36 }, (_, n) => ({
  ...{ destination: ipv4(`10.${n}.0.0`), width: 16, router: ipv4('10.188.0.1') },
}));
const options = {
  values: new Map<number, Uint8Array>([
    [119, domainSearchOption(['example.com', 'lab.example.com', 'example.org'])],
    [121, classlessRoutesOption(manyRoutes)],
    [40, Buffer.from('n'.repeat(90))],
    [100, Buffer.from('p'.repeat(90))],
    [101, Buffer.from('t'.repeat(55))],
  ]),
  always: new Set<number>(),
};
const bench = dhcpBench({
  ...dhcpConfig,
  subnets: [
    subnetAt('10.188.0', { options, reservations: dhcpConfig.subnets[0]?.reservations ?? new Map() }),
  ],
});

const REPLIES = {
  search: bench.discover({ options: [asking(1, 3, 119)] }),
  routes: bench.discover({ options: [asking(1, 121, 3), octetsOf(57, 0x05, 0xc0)] }),
  overloaded: bench.discover({
    options: [asking(1, 3, 119, 40, 100, 101), octetsOf(61, ...Array(120).fill(7))],
  }),
  relayed: bench.discover({
    ...{ giaddr: ipv4('10.188.0.1'), options: [...rom(0), octetsOf(82, 1, 5, 112, 111, 114, 116, 55)] },
  }),
  nak: bench.select(ipv4('192.0.2.77')),
  bootp: bench.send('bootp', { chaddr: RESERVED }).reply,
};

describe.skipIf(!hasTshark)(`replies of the reference server, read by tshark ${NEEDS_TSHARK}`, () => {
  let folder = '';
  const said = new Map<string, string>();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pxebench-replies-'));
    const file = join(folder, 'replies.pcapng');
    const writer = new PcapngWriter();
    const head = [
      writer.section({ application: 'pxebench' }),
      writer.interface({ linkType: LINKTYPE.ethernet, name: 'server' }),
    ];
    const frames = Object.values(REPLIES).map((reply, n) => {
      if (reply === undefined) throw new Error('wanted a reply');
      const ends = { source: ipv4('10.188.0.10'), destination: ipv4('10.188.0.66') };
      const udp = serializeUdp(
        { sourcePort: 67, destinationPort: reply.to.port, payload: reply.bytes },
        ends,
      );
      const bytes = serializeEthernet({
        ...{ destination: RESERVED, source: mac('02:00:00:00:00:10'), etherType: ETHER_TYPE.ipv4 },
        payload: serializeIpv4({ ...ends, protocol: IP_PROTOCOL.udp, payload: udp }),
      });
      return writer.frame({ timeNs: BigInt(n), interfaceId: 0, bytes });
    });
    await writeFile(file, Buffer.concat([...head, ...frames]));
    const { stdout } = await promisify(execFile)('tshark', ['-n', '-V', '-r', file]);
    const texts = stdout.split(/^Frame \d+:/m).slice(1);
    for (const [n, name] of Object.keys(REPLIES).entries()) said.set(name, texts[n] ?? '');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(Object.keys(REPLIES))('%s: nothing malformed, nothing behind the end', (name) => {
    expect(said.get(name)).toContain('Dynamic Host Configuration Protocol');
    expect(said.get(name)).not.toMatch(/malformed|exception|Expert Info \((Error|Warning)/i);
  });

  it('reads the names of the search list, pointers followed', () => {
    const names = [...(said.get('search') ?? '').matchAll(/FQDN: (\S+)/g)].map(([, name]) => name);
    expect(names).toEqual(['example.com', 'lab.example.com', 'example.org']);
  });

  it('reads all routes', () => {
    const routes = [...(said.get('routes') ?? '').matchAll(/(10\.\d+\.0\.0)\/16-10\.188\.0\.1/g)];
    expect(routes.map(([, destination]) => destination)).toEqual(
      manyRoutes.map(({ destination }) => destination),
    );
  });

  it('finds the options in file and sname', () => {
    const text = said.get('overloaded') ?? '';
    expect(text).toMatch(/Option: \(52\) Option Overload/);
    expect(text).toContain('n'.repeat(90));
    expect(text).toContain('p'.repeat(90));
    expect(text).toContain('t'.repeat(55));
  });

  it('sees a relayed OFFER, a NAK, and BOOTP without DHCP in it', () => {
    expect(said.get('relayed')).toMatch(
      /Option 82 Suboption: \(1\) Agent Circuit ID[\s\S]*Option: \(255\) End/,
    );
    expect(said.get('nak')).toMatch(/DHCP Message Type \(NAK\)[\s\S]*Option: \(56\) Message/);
    expect(said.get('bootp')).toContain('Your (client) IP address: 10.188.0.99');
    expect(said.get('bootp')).not.toMatch(/Option: \(5\d\)/);
  });
});
