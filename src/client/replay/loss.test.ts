import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Frame } from '../../pcap/frame.ts';
import { collectCapture } from '../../pcap/read-capture.ts';
import { BROADCAST_IPV4, mac } from '../../wire/address.ts';
import { ARP_OPERATION, parseArp, serializeArp } from '../../wire/arp.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../../wire/ethernet.ts';
import { parseIpv4 } from '../../wire/ipv4.ts';
import { blockNumber, parseTftp, serializeTftp } from '../../wire/tftp.ts';
import { parseUdp } from '../../wire/udp.ts';
import { replayScripts } from './replay-script.ts';
import type { ReplayScript } from './step.ts';
import { AS_RECORDED, act } from './testing/act.ts';
import { datagramFrame } from './testing/recording.ts';

const CAPTURE = join(import.meta.dirname, '../../../captures/lab/uefi-x64-dumb.pcap');
const BLOCK = 1_468;
const OCTETS = 850_528;
const SERVER = mac('02:00:0a:bc:00:0a');

/** Mulberry32: the same seed, the same losses. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What the answers of the capture are: to everybody, or to the client before it has an address. */
const isDhcp = (frame: Uint8Array): boolean => {
  const ethernet = parseEthernet(frame);
  const packet = ethernet.ok ? parseIpv4(ethernet.value.payload) : undefined;
  const udp = packet?.ok === true ? parseUdp(packet.value.payload) : undefined;
  return udp?.ok === true && udp.value.sourcePort === 67;
};

describe('ReplayNetwork, where answers are lost', () => {
  let script: ReplayScript;
  let frames: readonly Frame[];
  beforeAll(async () => {
    frames = (await collectCapture(createReadStream(CAPTURE))).frames;
    const [first] = replayScripts(frames);
    if (first === undefined) throw new Error('wanted a client in the capture');
    // Without the second stage's, whose addresses are another lease's.
    script = { ...first, steps: first.steps.slice(0, 4) };
  });

  /** The recorded DHCP answers, ARP, and a TFTP server that sends one block after the other. */
  function server(sent: Uint8Array): readonly Uint8Array[] {
    const ethernet = parseEthernet(sent);
    if (!ethernet.ok) return [];
    const { source: client, etherType, payload } = ethernet.value;
    if (etherType === ETHER_TYPE.arp) {
      const asked = parseArp(payload);
      if (!asked.ok || asked.value.kind !== 'ipv4') return [];
      const { senderIp: targetIp, targetIp: senderIp } = asked.value;
      const reply = serializeArp({
        ...{ kind: 'ipv4', operation: ARP_OPERATION.reply, senderMac: SERVER, senderIp },
        ...{ targetMac: client, targetIp },
      });
      return [serializeEthernet({ destination: client, source: SERVER, etherType, payload: reply })];
    }
    const packet = parseIpv4(payload);
    const udp = packet.ok ? parseUdp(packet.value.payload) : undefined;
    if (!packet.ok || udp?.ok !== true) return [];
    if (packet.value.destination === BROADCAST_IPV4) return dhcpAnswers(udp.value.payload);
    const { source, destination } = packet.value;
    const answer = tftpAnswer(udp.value.payload);
    const ports = [30_000, udp.value.sourcePort] as const;
    const way = { from: SERVER, to: client, source: destination, destination: source, ports };
    return answer === undefined ? [] : [datagramFrame(way, answer)];
  }

  function dhcpAnswers(payload: Uint8Array): readonly Uint8Array[] {
    const step = script.steps.find(
      (one) => one.kind === 'dhcp' && one.tries.some(({ udp }) => Buffer.compare(udp.payload, payload) === 0),
    );
    if (step?.kind !== 'dhcp') return [];
    return step.answers.flatMap(({ frame }) => frames[frame - 1]?.bytes ?? []);
  }

  function tftpAnswer(payload: Uint8Array): Uint8Array | undefined {
    const parsed = parseTftp(payload);
    if (!parsed.ok) return undefined;
    const { value } = parsed;
    if (value.kind === 'rrq') {
      const options = value.options.flatMap(({ name }) => {
        if (name.toLowerCase() === 'blksize') return [{ name, value: String(BLOCK) }];
        return name.toLowerCase() === 'tsize' ? [{ name, value: String(OCTETS) }] : [];
      });
      return serializeTftp({ kind: 'oack', options });
    }
    if (value.kind !== 'ack') return undefined;
    const from = value.block * BLOCK;
    if (from > OCTETS) return undefined;
    const data = new Uint8Array(Math.min(BLOCK, OCTETS - from));
    return serializeTftp({ kind: 'data', block: blockNumber(value.block + 1), data });
  }

  it.each([1, 2, 3])(
    'reads the whole file all the same, with a tenth of ARP and TFTP lost (seed %i)',
    (seed) => {
      const random = seeded(seed);
      const { results } = act([script], (sent) =>
        server(sent).filter((answer) => isDhcp(answer) || random() >= 0.1),
      );
      expect(results).toHaveLength(4);
      const reads = results.filter(({ what }) => what === 'TFTP ipxe.efi');
      for (const { verdict, differences, note } of reads.slice(1)) {
        expect([verdict, note]).toEqual(['differs', `${OCTETS} octets`]);
        // The file is another one: zeros.
        expect(differences.map(({ field }) => field)).toEqual(['SHA-256']);
      }
    },
  );

  it.each([4, 5, 6, 7])('gives each question its verdict, whichever are lost (seed %i)', (seed) => {
    const random = seeded(seed);
    const { results } = act([script], (sent) => server(sent).filter(() => random() >= 0.5));
    expect(results.map(({ what }) => what)).toEqual([
      ...['DHCP DISCOVER', 'DHCP REQUEST', 'TFTP ipxe.efi', 'TFTP ipxe.efi'],
    ]);
    const [discover, request, ...reads] = results.map(({ verdict }) => verdict);
    for (const verdict of [discover, request]) expect(verdict).toMatch(/^(same|missing)$/);
    if (request === 'missing') expect(reads).toEqual(['skipped', 'skipped']);
    else for (const verdict of reads) expect(verdict).toMatch(/^(same|differs|missing)$/);
  });

  it.each([4, 5, 6, 7])('asks four times more on a cable that loses a fifth (seed %i)', (seed) => {
    const random = seeded(seed);
    const onALink = { ...AS_RECORDED, moreTries: 4 };
    const { results } = act([script], (sent) => server(sent).filter(() => random() >= 0.2), onALink);
    const [discover, request] = results;
    for (const one of [discover, request]) expect(one?.verdict).toBe('same');
  });

  it('asks no more than four times more, and says how often', () => {
    const { results, sent } = act([script], () => [], { ...AS_RECORDED, moreTries: 4 });
    expect(results[0]).toMatchObject({
      verdict: 'missing',
      note: expect.stringMatching(/^nobody answered 5 tries, the last within 6 s/),
    });
    const [first, second] = sent.map(({ at }) => at);
    expect((second ?? 0) - (first ?? 0)).toBe(1_000);
  });

  it('says of each question alone that nobody answered, with all of them lost', () => {
    const { results } = act([script], (sent) => server(sent).filter(() => false));
    expect(results.map(({ verdict }) => verdict)).toEqual(['missing', 'missing', 'skipped', 'skipped']);
  });
});
