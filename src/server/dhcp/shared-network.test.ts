import { describe, expect, it } from 'vitest';
import { ipv4, mac } from '../../wire/address.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import {
  addressOf,
  asking,
  bytesOf,
  dhcpBench,
  dhcpConfig,
  numbered,
  SERVER,
  subnetAt,
  yiaddrOf,
} from './testing/dhcp-bench.ts';

const ours = addressOf(OPTION.serverIdentifier, SERVER);
const RESERVED = mac('00:00:00:00:00:99');

describe('subnets that share a wire', () => {
  const share = { share: 'hall' };
  const shared = {
    ...dhcpConfig,
    subnets: [
      subnetAt('10.188.0', share),
      subnetAt('10.190.0', {
        ...share,
        reservations: new Map([
          [
            RESERVED,
            {
              address: ipv4('10.190.0.99'),
              hostName: undefined,
              options: { values: new Map(), always: new Set<number>() },
            },
          ],
        ]),
      }),
      subnetAt('192.0.2'),
    ],
  };

  it('give addresses one after the other, each with its own mask and router', () => {
    const bench = dhcpBench(shared);
    const given = Array.from({ length: 23 }, (_, n) =>
      bench.discover({ chaddr: numbered(n), options: [asking(1, 3)] }),
    );
    expect(given.slice(0, 11).every((offer) => offer?.message.yiaddr.startsWith('10.188.0.'))).toBe(true);
    expect(given.slice(11, 22).every((offer) => offer?.message.yiaddr.startsWith('10.190.0.'))).toBe(true);
    expect(bytesOf(given[21], OPTION.router)).toEqual([10, 190, 0, 1]);
    expect(given[22]).toBeUndefined();
  });

  it('know a client by its lease, its reservation and the address it asks for, in whichever they are', () => {
    const bench = dhcpBench(shared);
    const asked = { options: [addressOf(OPTION.requestedAddress, ipv4('10.190.0.66'))] };
    expect(yiaddrOf(bench.discover(asked))).toBe('10.190.0.66');
    expect(bench.select(ipv4('10.190.0.66'))?.type).toBe('ack');
    expect(yiaddrOf(bench.discover())).toBe('10.190.0.66');
    expect(bench.send('request', { options: asked.options }).reply?.type).toBe('ack');
    expect(bench.send('request', { ciaddr: ipv4('10.190.0.66') }).reply?.type).toBe('ack');
    expect(bench.dora({ chaddr: RESERVED })).toBe('10.190.0.99');
    const release = bench.send('release', { ciaddr: ipv4('10.190.0.66'), options: [ours] });
    expect(release.events).toMatchObject([{ did: 'released' }]);
    const foreign = { options: [addressOf(OPTION.requestedAddress, ipv4('192.0.2.66'))] };
    expect(bench.send('request', foreign).reply?.type).toBe('nak');
  });

  it('are found by the subnet of a relay as well', () => {
    const bench = dhcpBench(shared);
    for (let n = 0; n < 11; n++) bench.discover({ chaddr: numbered(n), giaddr: ipv4('10.190.0.1') });
    expect(yiaddrOf(bench.discover({ giaddr: ipv4('10.190.0.1') }))).toMatch(/^10\.188\.0\./);
  });
});
