import { once } from 'node:events';
import { getuid } from 'node:process';
import { describe, expect, it } from 'vitest';
import type { LinkRule } from '../link/link-plan-file.ts';
import type { Frame } from '../pcap/frame.ts';
import { openCapture } from '../pcap/open-capture.ts';
import { ipv4, mac } from '../wire/address.ts';
import { ETHER_TYPE, serializeEthernet } from '../wire/ethernet.ts';
import { IP_PROTOCOL, serializeIpv4 } from '../wire/ipv4.ts';
import { serializeUdp } from '../wire/udp.ts';
import { plugIn } from './lab-link.ts';
import { SEED_LAB } from './lab-spec.ts';
import { startLab } from './start-lab.ts';
import { udpIn, udpOn } from './testing/lab-traffic.ts';
import { watchCapture } from './testing/watch-capture.ts';

const CLIENT = { mac: mac('52:54:00:12:34:56'), ip: ipv4('10.188.0.66') };
const PXE = { mac: mac('02:00:0a:bc:00:0a'), ip: ipv4('10.188.0.10') };
const PORTS = { client: 1000, pxe: 2000 } as const;

/** From the client to `pxe`, as a card sends it. */
function datagram(text: string): Uint8Array {
  const addresses = { source: CLIENT.ip, destination: PXE.ip };
  const udp = { sourcePort: PORTS.client, destinationPort: PORTS.pxe, payload: Buffer.from(text) };
  return serializeEthernet({
    destination: PXE.mac,
    source: CLIENT.mac,
    etherType: ETHER_TYPE.ipv4,
    payload: serializeIpv4({
      ...addresses,
      protocol: IP_PROTOCOL.udp,
      payload: serializeUdp(udp, addresses),
    }),
  });
}

async function framesOf(path: string): Promise<readonly Frame[]> {
  await using capture = await openCapture(path);
  const frames: Frame[] = [];
  for await (const batch of capture.batches()) frames.push(...batch.frames);
  return frames;
}

const textOf = (frame: Frame): string | undefined => udpIn(frame)?.text;

/** Sends 0 to 39 and `end` through a link to a server that answers each, and says what every place saw of it. */
async function conversation(rules: readonly LinkRule[], seed = 1) {
  await using lab = await startLab(SEED_LAB);
  const watch = watchCapture(lab);
  const link = await lab.addLink({ seed, rules });
  using pxe = udpOn(lab, 'pxe', PXE.ip, PORTS.pxe);
  // Who has no address of its own on that network is not found by ARP.
  await lab.run(['ip', 'neigh', 'replace', CLIENT.ip, 'lladdr', CLIENT.mac, 'dev', 'eth0'], { host: 'pxe' });
  pxe.on('message', (message) => pxe.send(`re ${message}`, PORTS.client, CLIENT.ip));
  const ended = Promise.withResolvers<void>();
  const heard: (string | undefined)[] = [];
  using client = await plugIn(lab.pathOf(link.socket), (bytes) => {
    const frame = { number: 0, timeNs: 0n, interfaceId: 0, linkType: 1, bytes, originalLength: bytes.length };
    const udp = udpIn(frame);
    heard.push(udp?.checksum === 'correct' ? udp.text : `checksum ${udp?.checksum}`);
    if (udp?.text === 're end') ended.resolve();
  });
  const message = async (text: string): Promise<void> => {
    const arrived = once(pxe, 'message');
    client.send(datagram(text));
    await arrived;
  };
  for (let n = 0; n < 40; n++) client.send(datagram(String(n)));
  await message('end');
  await ended.promise;
  const report = await link.stop();
  const clientSide = await framesOf(lab.pathOf(link.capture));
  await lab.capture.stop();
  await watch.ended;
  const ports = new Set(watch.frames.map((frame) => watch.portOf(frame)));
  return { report, heard, clientSide, bridgeSide: watch.frames.map(textOf), ports };
}

describe.skipIf(getuid?.() !== 0)('Lab.addLink (needs root: run as root)', () => {
  it('carries frames both ways as they are, and both ends are captured', async () => {
    const { report, heard, clientSide, bridgeSide, ports } = await conversation([{ lose: 'arp' }]);
    const sent = [...Array.from({ length: 40 }, (_, n) => String(n)), 'end'];
    expect(heard).toEqual(sent.map((text) => `re ${text}`));
    expect(report).toEqual({ acted: [0], deeds: [], fromClient: 41, dropped: 0 });
    expect(ports).toEqual(new Set(['link0', 'pxe']));
    expect(bridgeSide.toSorted()).toEqual([...sent, ...heard].toSorted());
    expect(clientSide.filter(({ direction }) => direction === 'inbound').map(textOf)).toEqual(sent);
    expect(clientSide.filter(({ direction }) => direction === 'outbound').map(textOf)).toEqual(heard);
  });

  it('does what the plan says, the same again with the same seed, and marks it in the capture', async () => {
    const rules: readonly LinkRule[] = [{ lose: 'udp', going: 'from-client', chance: 0.3, first: 40 }];
    const one = await conversation(rules, 5);
    const again = await conversation(rules, 5);
    const other = await conversation(rules, 6);
    const lost = one.clientSide.filter(({ comments = [] }) =>
      comments.some((text) => text.includes('rule 1')),
    );

    expect(again.heard).toEqual(one.heard);
    expect(other.heard).not.toEqual(one.heard);
    expect(one.report.acted[0]).toBeGreaterThan(4);
    expect(one.report.deeds).toHaveLength(one.report.acted[0] ?? 0);
    expect(lost).toHaveLength(one.report.acted[0] ?? 0);
    for (const frame of lost) expect(one.bridgeSide).not.toContain(textOf(frame));
  });

  it('holds back what is delayed', async () => {
    const { heard, report } = await conversation([
      { delay: 'udp', going: 'to-client', number: 3, by: 0.02 },
      { delay: 'udp', going: 'from-client', number: 41, by: 0.2 },
    ]);
    expect(report.acted).toEqual([1, 1]);
    expect(heard).toContain('re 2');
    expect(heard[2]).toBe('re 3');
    expect(heard.at(-1)).toBe('re end');
  });
});
