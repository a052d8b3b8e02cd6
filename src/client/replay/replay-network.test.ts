import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Frame } from '../../pcap/frame.ts';
import { collectCapture } from '../../pcap/read-capture.ts';
import type { DhcpStep } from './dhcp-step.ts';
import type { ExchangeResult } from './exchange.ts';
import { replayScripts } from './replay-script.ts';
import type { ReplayScript } from './step.ts';
import { act, verdicts } from './testing/act.ts';

const CAPTURES = join(import.meta.dirname, '../../../captures');

async function framesOf(path: string): Promise<readonly Frame[]> {
  return (await collectCapture(createReadStream(join(CAPTURES, path)))).frames;
}

describe('replayScripts', () => {
  it('reads DHCP, the size probe and the whole file out of the boot of a dumb UEFI machine', async () => {
    const [script, ...more] = replayScripts(await framesOf('lab/uefi-x64-dumb.pcap'));
    expect(more).toEqual([]);
    expect(script?.mac).toBe('00:12:34:56:78:92');
    expect(script?.left).toEqual(
      new Map([
        ['DNS question', 4],
        ['TCP connection', 2],
      ]),
    );
    const steps = script?.steps ?? [];
    expect(steps.map(({ kind, frame }) => [kind, frame])).toEqual([
      ...[['dhcp', 4] as const, ['dhcp', 6] as const, ['tftp', 10] as const, ['tftp', 13] as const],
      ...[['dhcp', 1178] as const, ['dhcp', 1185] as const, ['dhcp', 1188] as const],
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
