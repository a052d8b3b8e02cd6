/** The row DHCP-045 of the clause catalogue: probing before an offer. */
import { describe, expect, it } from 'vitest';
import { ipv4, mac } from '../../wire/address.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import {
  addressOf,
  CLIENT,
  dhcpBench,
  dhcpConfig,
  numbered,
  SERVER,
  subnetAt,
} from './testing/dhcp-bench.ts';

const RELAY_B = ipv4('192.0.2.1');
const two = { ...dhcpConfig, subnets: [...dhcpConfig.subnets, subnetAt('192.0.2')] };
const RESERVED = mac('00:00:00:00:00:99');

describe('DHCP-045', () => {
  const probing = (changes = {}) => dhcpBench({ ...two, probeAddresses: true, ...changes });
  const first = (heard: ReturnType<ReturnType<typeof dhcpBench>['send']>) => {
    const probe = heard.probes[0];
    if (probe === undefined) throw new Error('wanted a probe');
    return probe;
  };

  it('asks by ARP on its wire, by ping behind a relay, and offers when nobody answered', () => {
    const bench = probing();
    const waiting = bench.send('discover', { xid: 9 });
    expect(waiting).toMatchObject({ reply: undefined, events: [] });
    const { address, means, via } = first(waiting);
    expect({ means, via }).toEqual({ means: 'arp', via: SERVER });
    expect(bench.probed(address).reply).toMatchObject({
      type: 'offer',
      message: { xid: 9, yiaddr: address },
    });
    expect(bench.select(address)?.type).toBe('ack');
    expect(first(bench.send('discover', { chaddr: numbered(1), giaddr: RELAY_B })).means).toBe('icmp');
  });

  it('takes an address that answers out of use, and offers another', () => {
    const bench = probing();
    const taken = first(bench.send('discover')).address;
    const squatter = mac('02:00:00:00:ff:ff');
    const heard = bench.probed(taken, squatter);
    expect(heard).toMatchObject({
      reply: undefined,
      events: [{ did: 'conflict', address: taken, because: `${squatter} answers there without a lease` }],
    });
    const next = first(heard).address;
    expect(next).not.toBe(taken);
    expect(bench.probed(next).reply).toMatchObject({ type: 'offer', message: { yiaddr: next } });
    const asked = addressOf(OPTION.requestedAddress, taken);
    expect(first(bench.send('discover', { chaddr: numbered(1), options: [asked] })).address).not.toBe(taken);
  });

  it('offers an address at which the client itself answers', () => {
    const bench = probing();
    const { address } = first(bench.send('discover'));
    expect(bench.probed(address, CLIENT).reply).toMatchObject({
      type: 'offer',
      message: { yiaddr: address },
    });
    expect(bench.leases()?.find('1:001234567890')?.state).toBe('offered');
  });

  it('does not ask for what the client holds already, nor for a reservation', () => {
    const bench = probing();
    const { address } = first(bench.send('discover'));
    bench.probed(address);
    expect(bench.send('discover').reply?.type).toBe('offer');
    bench.select(address);
    bench.wait(3_600_000);
    expect(bench.send('discover').reply?.message.yiaddr).toBe(address);
    expect(bench.send('discover', { chaddr: RESERVED }).reply?.message.yiaddr).toBe('10.188.0.99');
    bench.wait(43_200_000);
    expect(first(bench.send('discover')).address).toBe(address);
  });

  it('answers a client that asks again meanwhile once, its newer message', () => {
    const bench = probing();
    const { address } = first(bench.send('discover', { xid: 1 }));
    expect(bench.send('discover', { xid: 2 })).toEqual({ reply: undefined, events: [], probes: [] });
    expect(bench.probed(address).reply?.message.xid).toBe(2);
    expect(bench.probed(address)).toEqual({ reply: undefined, events: [], probes: [] });
  });

  it('gives up on a message after four addresses that are taken, not on the client', () => {
    const bench = probing();
    let heard = bench.send('discover');
    for (let n = 0; n < 3; n++) heard = bench.probed(first(heard).address, 'unknown');
    heard = bench.probed(first(heard).address, 'unknown');
    expect(heard.events).toMatchObject([{ did: 'conflict' }, { did: 'silence' }]);
    expect(first(bench.send('discover')).address).toMatch(/^10\.188\.0\./);
  });

  it('asks again where an answer never came, and offers without asking when too many wait', () => {
    const bench = probing();
    const { address } = first(bench.send('discover'));
    bench.wait(6_000);
    expect(first(bench.send('discover')).address).toBe(address);
    const pool = { ranges: [{ first: ipv4('10.188.32.0'), last: ipv4('10.188.63.255') }] };
    const wide = subnetAt('10.188.0', { ...pool, prefixLength: 16 });
    const storm = dhcpBench({ ...dhcpConfig, probeAddresses: true, subnets: [wide] });
    const heard = Array.from({ length: 4097 }, (_, n) => storm.send('discover', { chaddr: numbered(n) }));
    expect(heard.at(-2)?.probes).toHaveLength(1);
    expect(heard.at(-1)?.reply?.type).toBe('offer');
  });

  it('holds for addresses of BOOTP clients too', () => {
    const bench = probing({ bootp: 'dynamic' });
    const { address } = first(bench.send('bootp'));
    expect(bench.probed(address)).toMatchObject({ reply: { message: { yiaddr: address } } });
    expect(bench.leases()?.find('1:001234567890')?.state).toBe('bound');
  });

  it('goes on over a change of configuration', () => {
    const bench = probing();
    const { address } = first(bench.send('discover'));
    bench.configure({ ...two, probeAddresses: true, leaseKey: 'client-id' });
    expect(bench.probed(address).reply).toMatchObject({ type: 'offer', message: { yiaddr: address } });
  });
});
