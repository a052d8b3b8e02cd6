import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Frame } from '../../pcap/frame.ts';
import { collectCapture } from '../../pcap/read-capture.ts';
import { ipv4, mac, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { parseEthernet } from '../../wire/ethernet.ts';
import { serializeTftp } from '../../wire/tftp.ts';
import type { DhcpStep } from './dhcp-step.ts';
import type { ExchangeResult } from './exchange.ts';
import { replayScripts } from './replay-script.ts';
import type { ReplayScript } from './step.ts';
import { AS_RECORDED, act, verdicts } from './testing/act.ts';
import { Recording, type Way } from './testing/recording.ts';

const CAPTURES = join(import.meta.dirname, '../../../captures');

async function framesOf(path: string): Promise<readonly Frame[]> {
  return (await collectCapture(createReadStream(join(CAPTURES, path)))).frames;
}

describe('replayScripts', () => {
  it('reads DHCP, the size probe and the whole file out of the boot of a dumb UEFI machine', async () => {
    const [script, ...more] = replayScripts(await framesOf('lab/uefi-x64-dumb.pcap'));
    expect(more).toEqual([]);
    expect(script?.mac).toBe('00:12:34:56:78:92');
    expect(script?.left).toEqual(new Map([['DNS question over IPv6', 4]]));
    const steps = script?.steps ?? [];
    expect(steps.map(({ kind, frame }) => [kind, frame])).toEqual([
      ...[['dhcp', 4] as const, ['dhcp', 6] as const, ['tftp', 10] as const, ['tftp', 13] as const],
      ...[['dhcp', 1178] as const, ['dhcp', 1185] as const, ['dhcp', 1188] as const],
      ...[['http', 1199] as const, ['http', 1212] as const],
    ]);
    expect(steps[2]).toMatchObject({ abort: { blocks: 0 }, request: { file: 'ipxe.efi' } });
    expect(steps[3]).toMatchObject({ abort: undefined, given: { octets: 850_528 } });
  });
});

describe('ReplayNetwork', () => {
  let script: ReplayScript;
  let frames: readonly Frame[];
  beforeAll(async () => {
    frames = await framesOf('lab/uefi-x64-dumb.pcap');
    const [first] = replayScripts(frames);
    if (first === undefined) throw new Error('wanted a client in the capture');
    script = first;
  });

  const replayed = (answer: (sent: Uint8Array) => readonly Uint8Array[]): readonly ExchangeResult[] =>
    act([script], answer).results;

  /** The recorded answers to a frame that is, octet by octet, the recorded one. */
  const asRecorded = (sent: Uint8Array): readonly Uint8Array[] => {
    const step = script.steps.find(
      (one): one is DhcpStep =>
        one.kind === 'dhcp' && Buffer.compare(frames[one.frame - 1]?.bytes ?? new Uint8Array(), sent) === 0,
    );
    return step?.answers.map(({ frame }) => frames[frame - 1]?.bytes ?? new Uint8Array()) ?? [];
  };

  it('sends what the recorded client sent, octet by octet, while the server chooses the same', () => {
    expect(verdicts(replayed(asRecorded))).toEqual([
      ...['DHCP DISCOVER: same', 'DHCP REQUEST: same', 'TFTP ipxe.efi: missing', 'TFTP ipxe.efi: missing'],
      ...['DHCP DISCOVER: same', 'DHCP DISCOVER: same', 'DHCP REQUEST: same'],
      ...['HTTP GET /boot1.txt: missing', 'HTTP GET /boot2.php?…: missing'],
    ]);
  });

  it('says who did not answer, and goes on as far as it makes sense', () => {
    const results = replayed(() => []);
    expect(verdicts(results)).toEqual([
      ...[
        'DHCP DISCOVER: missing',
        'DHCP REQUEST: missing',
        'TFTP ipxe.efi: skipped',
        'TFTP ipxe.efi: skipped',
      ],
      ...['DHCP DISCOVER: missing', 'DHCP DISCOVER: missing', 'DHCP REQUEST: missing'],
      ...['HTTP GET /boot1.txt: skipped', 'HTTP GET /boot2.php?…: skipped'],
    ]);
    expect(results[0]?.note).toBe('nobody answered within 6 s; the recording had OFFER in frame 5');
  });

  it('reports the field in which an answer differs', () => {
    const results = replayed((sent) =>
      asRecorded(sent).map((answer) => {
        const changed = answer.slice();
        const at = Buffer.from(changed).indexOf('ipxe.efi');
        if (at >= 0) changed.set(Buffer.from('else.efi'), at);
        return changed;
      }),
    );
    expect(results[0]).toMatchObject({
      verdict: 'differs',
      differences: [{ field: 'boot file', recorded: 'ipxe.efi', got: 'else.efi' }],
    });
  });
});

describe('replaying several clients', () => {
  const [first, second] = [mac('00:12:34:56:78:01'), mac('00:12:34:56:78:02')];
  const server = { mac: mac('02:00:0a:bc:00:0a'), ip: ipv4('10.188.0.10') };
  const asks = (recording: Recording, at: number, chaddr: typeof first, xid: number): Recording =>
    recording.dhcp(
      at,
      { from: chaddr, source: UNSPECIFIED_IPV4, ports: [68, 67] },
      { xid, chaddr, options: [{ code: 53, data: Uint8Array.of(1) }] },
    );
  const times = (fast: boolean): readonly (readonly [string, number])[] => {
    const recording = new Recording();
    asks(recording, 100, first, 1);
    asks(recording, 101.5, second, 2);
    asks(recording, 103, first, 3);
    asks(recording, 160, second, 4);
    const { sent } = act(replayScripts(recording.frames), () => [], { ...AS_RECORDED, fast });
    return sent.map(({ bytes, at }) => {
      const ethernet = parseEthernet(bytes);
      return [ethernet.ok ? ethernet.value.source : '', at];
    });
  };

  it('keeps their times to each other, but for pauses of more than 10 s', () => {
    expect(times(false)).toEqual([
      [first, 0],
      [second, 1_500],
      [first, 3_000],
      [second, 11_500],
    ]);
  });

  it('leaves out the pauses by choice', () => {
    expect(times(true)).toEqual([
      [first, 0],
      [second, 0],
      [first, 1_000],
      [second, 1_000],
    ]);
  });

  it('marks a file that no DHCP answer named', () => {
    const client: Way = { from: first, source: ipv4('10.188.0.66'), ports: [2_000, 69] };
    const toServer = { ...client, to: server.mac, destination: server.ip };
    const read = (file: string): Uint8Array =>
      serializeTftp({ kind: 'rrq', file, mode: 'octet', options: [] });
    const recording = new Recording();
    asks(recording, 0, first, 1);
    recording
      .dhcp(
        0.01,
        { from: server.mac, source: server.ip, ports: [67, 68] },
        { op: 2, xid: 1, chaddr: first, siaddr: server.ip, file: 'boot.efi' },
      )
      .datagram(1, toServer, read('boot.efi'))
      .datagram(2, { ...toServer, ports: [2_001, 69] }, read('/grub.cfg'));
    const { results } = act(replayScripts(recording.frames), () => []);
    expect(results.map(({ what, note }) => [what, note])).toEqual([
      ['DHCP DISCOVER', 'nobody answered within 6 s; the recording had BOOTP in frame 2'],
      ['TFTP boot.efi', 'nobody stands for 10.188.0.10 now: the answer that named it has not come'],
      [
        'TFTP /grub.cfg',
        'nobody stands for 10.188.0.10 now: the answer that named it has not come; no DHCP answer named the file',
      ],
    ]);
  });
});
