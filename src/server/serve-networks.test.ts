import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeenOnNetworks } from './testing/dhcp-on-networks.ts';
import type { SeenThroughRelay } from './testing/dhcp-through-relay.ts';

const CONFIG = `
address: 10.188.0.10
dhcp:
  probe-addresses: true
  subnets:
    - { network: 10.188.0.0/24, pool: [10.188.0.60-10.188.0.61], lease-time: 12h }
    - network: 10.189.0.0/24
      pool: [10.189.0.60-10.189.0.61]
      lease-time: 12h
      clients: [{ mac: "00:00:00:00:00:99", address: 10.189.0.99 }]
    - { network: 192.0.2.0/24, pool: [192.0.2.60-192.0.2.61], lease-time: 12h }
boot: { files: { 0: undionly.kpxe } }
tftp: { root: www }
`;
const CLIENT = '00:12:34:56:78:90';
const RELAY_MAC = '02:00:00:00:00:77';
const base = mkdtempSync(join(tmpdir(), 'pxebench-networks-'));
afterAll(() => rmSync(base, { recursive: true }));

/** Waits one after the other: no offer comes later than this, however busy the machine that tests it. */
const inAll = (waits: readonly number[]): number => waits.reduce((sum, ms) => sum + ms, 0);

async function inNamespace(script: string, ...argv: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('unshare', [
    ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
    ...['--net', process.execPath, join(import.meta.dirname, 'testing', script), ...argv],
  ]);
  return stdout;
}

const hasDnsmasq = ((): boolean => {
  try {
    execFileSync('dnsmasq', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe('serve, on two wires and behind a relay', () => {
  let seen: SeenOnNetworks;
  beforeAll(async () => {
    mkdirSync(join(base, 'www'));
    writeFileSync(join(base, 'www', 'undionly.kpxe'), 'nbp');
    writeFileSync(join(base, 'pxe.yaml'), CONFIG);
    writeFileSync(
      join(base, 'less.yaml'),
      CONFIG.replace('10.189.0.0/24', '10.189.0.0/30').replaceAll(/10\.189\.0\.(6.|99)/g, '10.189.0.2'),
    );
    const stdout = await inNamespace('dhcp-on-networks.ts', join(base, 'pxe.yaml'), join(base, 'less.yaml'));
    seen = JSON.parse(stdout) as SeenOnNetworks;
  }, 90_000);

  it('offers no address at which somebody answers ARP, and is in time with another (DHCP-045)', () => {
    const { offer, offerWaits, askedFor, events } = seen;
    expect(offer).toMatchObject({ type: 'offer', yiaddr: '10.188.0.61', toMac: CLIENT });
    expect(inAll(offerWaits)).toBeLessThan(4000);
    // Each perhaps twice, where the answer to the first was slow.
    expect([...new Set(askedFor.c0)].slice(0, 2)).toEqual(['10.188.0.60', '10.188.0.61']);
    expect(events.find((event) => event.stage === 'dhcp' && event.did === 'conflict')).toMatchObject({
      ...{ client: CLIENT, address: '10.188.0.60' },
      because: `${RELAY_MAC} answers there without a lease`,
    });
  });

  it('acknowledges a renewal at ciaddr by unicast, whatever the broadcast bit says (DHCP-013)', () => {
    expect(seen.renewed).toMatchObject({
      ...{ type: 'ack', toMac: CLIENT, toAddress: '10.188.0.61', flags: 0x8000 },
      ports: [67, 68],
    });
  });

  it('broadcasts a NAK on both layers (DHCP-011)', () => {
    expect(seen.nak).toMatchObject({
      ...{ type: 'nak', toMac: 'ff:ff:ff:ff:ff:ff', toAddress: '255.255.255.255' },
      ports: [67, 68],
    });
  });

  it('is on each wire the address that it has there: source, 54, siaddr, and TFTP too (DHCP-028)', () => {
    const { otherWire, otherWireAck, macs, tftp, askedFor } = seen;
    for (const reply of [otherWire, otherWireAck]) {
      expect(reply).toMatchObject({
        ...{ fromMac: macs.s1, fromAddress: '10.189.0.10', siaddr: '10.189.0.10', server: [10, 189, 0, 10] },
        ...{ yiaddr: expect.stringMatching(/^10\.189\.0\.6[01]$/), file: 'undionly.kpxe' },
        // DHCP-019: to chaddr, without asking for yiaddr once it is offered.
        ...{ toMac: CLIENT, toAddress: otherWire.yiaddr },
      });
    }
    expect(seen.offer).toMatchObject({
      fromMac: macs.s0,
      fromAddress: '10.188.0.10',
      server: [10, 188, 0, 10],
    });
    expect(new Set(askedFor.c1)).toEqual(new Set([otherWire.yiaddr]));
    expect(tftp).toBe(3);
  });

  it('goes on as before where a configuration would need other sockets', () => {
    expect(seen.reload).toBe('SERVER_NEEDS_RESTART');
  });

  it('answers a reserved BOOTP client with 300 octets (DHCP-043)', () => {
    expect(seen.bootp).toMatchObject({
      ...{ octets: 300, yiaddr: '10.189.0.99', toMac: '00:00:00:00:00:99', server: [] },
    });
    expect(seen.bootp.type).toBeUndefined();
  });

  it('answers through the relay, port 67, after a ping that nobody answered (DHCP-021, DHCP-045)', () => {
    const { relayed, relayedWaits, relayedNak, askedFor } = seen;
    const toRelay = { toMac: RELAY_MAC, toAddress: '192.0.2.1', ports: [67, 67] };
    expect(relayed).toMatchObject({ ...toRelay, type: 'offer', yiaddr: '192.0.2.61', flags: 0 });
    expect(inAll(relayedWaits)).toBeLessThan(4000);
    expect(askedFor.c0.filter((address) => address.startsWith('192.0.2.6'))).toEqual([
      '192.0.2.60',
      '192.0.2.61',
    ]);
    expect(relayedNak).toMatchObject({ ...toRelay, type: 'nak', flags: 0x8000 });
  });
});

describe.skipIf(!hasDnsmasq)(
  'serve, through a relay that is dnsmasq (needs dnsmasq: apt-get install dnsmasq-base)',
  () => {
    it('gives a network that it has no interface in addresses, refusals and boot files', async () => {
      const file = join(base, 'relayed.yaml');
      writeFileSync(
        file,
        `address: 10.188.0.10
dhcp:
  subnets:
    - network: 192.0.2.0/24
      pool: [192.0.2.60-192.0.2.61]
      lease-time: 12h
      routers: [192.0.2.1]
      clients: [{ mac: "00:00:00:00:00:99", address: 192.0.2.99 }]
`,
      );
      const seen = JSON.parse(await inNamespace('dhcp-through-relay.ts', file)) as SeenThroughRelay;
      const { offer, broadcastOffer, ack, nak, bootp, events } = seen;
      const unicast = { toMac: CLIENT, toAddress: '192.0.2.61', ports: [67, 68], yiaddr: '192.0.2.61' };
      const broadcast = { toMac: 'ff:ff:ff:ff:ff:ff', toAddress: '255.255.255.255', ports: [67, 68] };
      expect(offer).toMatchObject({ ...unicast, type: 'offer', server: [10, 188, 0, 10] });
      expect(broadcastOffer).toMatchObject({
        ...broadcast,
        type: 'offer',
        yiaddr: '192.0.2.61',
        flags: 0x8000,
      });
      expect(ack).toMatchObject({ ...unicast, type: 'ack' });
      // The relay knows by the flag that a NAK is for somebody without an address (DHCP-011).
      expect(nak).toMatchObject({ ...broadcast, type: 'nak', flags: 0x8000 });
      expect(bootp).toMatchObject({ yiaddr: '192.0.2.99', toMac: '00:00:00:00:00:99', octets: 300 });
      expect(events).toContainEqual(expect.objectContaining({ did: 'conflict', address: '192.0.2.60' }));
    }, 90_000);
  },
);
