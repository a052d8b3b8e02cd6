import { getuid } from 'node:process';
import { describe, expect, it } from 'vitest';
import { openPacketSocket } from '../../os/packet-socket.ts';
import { cable } from '../../os/testing/cable.ts';
import { type Ipv4Address, ipv4, mac } from '../../wire/address.ts';
import { ARP_OPERATION, serializeArp } from '../../wire/arp.ts';
import { ETHER_TYPE, serializeEthernet } from '../../wire/ethernet.ts';
import { openAddressProber, type ProberDeps } from './address-prober.ts';

const OWN = { name: 'left', mac: mac('02:00:00:00:00:01'), address: ipv4('10.9.9.1') };
const OTHER = mac('02:00:00:00:00:02');
const WANTED = ipv4('10.9.9.7');

/** Timers that run when the test says so, the one with the longest wait alone. */
function timers() {
  const waiting = new Map<object, { readonly ms: number; readonly run: () => void }>();
  return {
    now: () => 0,
    after: (ms: number, run: () => void) => {
      const timer = { [Symbol.dispose]: () => void waiting.delete(timer) };
      waiting.set(timer, { ms, run });
      return timer;
    },
    /** Of the timers that are set: the waits, longest first. */
    waits: () => [...waiting.values()].map(({ ms }) => ms).sort((a, b) => b - a),
    runOut: () => {
      for (const { run } of [...waiting.values()].sort((a, b) => a.ms - b.ms)) run();
    },
  };
}

describe.skipIf(getuid?.() !== 0)('openAddressProber (needs root: run as root)', () => {
  function prober(net: ReturnType<typeof cable>) {
    const clock = timers();
    const results: (readonly [Ipv4Address, string | undefined])[] = [];
    const failures: unknown[] = [];
    const deps: ProberDeps = {
      clock,
      onResult: (address, answeredBy) => results.push([address, answeredBy]),
      onFailure: (_, error) => failures.push(error),
    };
    const opened = openAddressProber([OWN], deps);
    const probe = (address: Ipv4Address, means: 'arp' | 'icmp'): void =>
      net.inside(() => opened.probe(address, means, OWN.address));
    return { clock, results, failures, probe, [Symbol.dispose]: () => opened[Symbol.dispose]() };
  }

  it('hears an answer that came while the process was held up, though its time is over', () => {
    using net = cable();
    using right = net.inside(() => openPacketSocket('right', ETHER_TYPE.arp));
    using probes = prober(net);
    probes.probe(WANTED, 'arp');
    expect(right.receive()).toBeDefined();
    const answer = { senderMac: OTHER, senderIp: WANTED, targetMac: OWN.mac, targetIp: OWN.address };
    const payload = serializeArp({ kind: 'ipv4', operation: ARP_OPERATION.reply, ...answer });
    right.send(
      serializeEthernet({ destination: OWN.mac, source: OTHER, etherType: ETHER_TYPE.arp, payload }),
    );
    // The event loop has not run since: only the timers do.
    probes.clock.runOut();
    expect(probes.results).toEqual([[WANTED, OTHER]]);
  });

  it('asks twice by ARP, and takes silence for nobody', () => {
    using net = cable();
    using right = net.inside(() => openPacketSocket('right', ETHER_TYPE.arp));
    using probes = prober(net);
    probes.probe(WANTED, 'arp');
    probes.probe(WANTED, 'arp');
    expect(probes.clock.waits()).toEqual([250, 100]);
    probes.clock.runOut();
    expect(probes.results).toEqual([[WANTED, undefined]]);
    expect(probes.clock.waits()).toEqual([]);
    const asked = [right.receive(), right.receive(), right.receive()];
    expect(asked.map((frame) => frame?.length)).toEqual([42, 42, undefined]);
  });

  it('does not keep a client waiting where it cannot ask: it says so, and nobody answered', () => {
    using net = cable();
    using probes = prober(net);
    probes.probe(ipv4('203.0.113.1'), 'icmp');
    expect(probes.failures).toMatchObject([{ errno: 'ENETUNREACH' }]);
    expect(probes.clock.waits()).toEqual([500]);
    probes.clock.runOut();
    expect(probes.results).toEqual([['203.0.113.1', undefined]]);
  });
});
