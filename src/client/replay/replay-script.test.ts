import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCaptureBatches } from '../../pcap/read-capture.ts';
import { ScriptReader } from './replay-script.ts';
import type { ReplayScript } from './step.ts';

async function read(capture: string) {
  const reader = new ScriptReader();
  const path = join(import.meta.dirname, '../../../captures', capture);
  for await (const batch of readCaptureBatches(createReadStream(path))) reader.add(batch);
  return { acting: reader.finish(), idle: reader.idle };
}

const leftOf = (scripts: readonly ReplayScript[]) => scripts.map(({ mac, left }) => [mac, ...left]);

describe('ScriptReader', () => {
  it('names TLS as what cannot be asked again, of a client that did nothing else', async () => {
    const { acting, idle } = await read('public/uefi-https-tls13.pcapng');
    expect(acting).toEqual([]);
    expect(leftOf(idle)).toEqual([
      ['52:54:00:12:34:56', [expect.stringMatching(/^TLS connection: its keys were made/), 1]],
    ]);
  });

  it.each([
    { capture: 'lab/iscsi-chap.pcap', what: /^iSCSI session with CHAP: each challenge wants another answer/ },
    { capture: 'lab/iscsi-chap-wrong-secret.pcap', what: /^iSCSI session with CHAP/ },
    { capture: 'lab/iscsi-wrong-lun.pcap', what: /^iSCSI session$/ },
  ])('counts the iSCSI of $capture', async ({ capture, what }) => {
    const { acting } = await read(capture);
    expect(leftOf(acting)).toEqual([['00:12:34:56:78:90', [expect.stringMatching(what), 1]]]);
  });
});
