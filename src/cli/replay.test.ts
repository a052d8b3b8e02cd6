import { join } from 'node:path';
import { getuid } from 'node:process';
import { describe, expect, it } from 'vitest';
import { EXIT } from './command.ts';
import { PLACES } from './places.ts';
import { replay } from './replay.ts';
import { recordingIo } from './testing/io.ts';

describe.skipIf(getuid?.() !== 0)('replay (needs root: run as root)', () => {
  it('boots the recorded UEFI machine from the reference server: the whole file, and what differs', {
    timeout: 60_000,
  }, async () => {
    const { io, out } = recordingIo();
    const capture = join(PLACES.captures, 'lab/uefi-x64-dumb.pcap');
    const status = await replay.run([capture, '--server', 'reference', '--fast', '--json'], io);
    expect(status).toBe(EXIT.failed);
    const document = JSON.parse(out());
    expect(document).toMatchObject({ format: 'pxebench-replay/1', server: 'reference' });
    expect(document.exchanges).toHaveLength(7);
    // The reference server grants the window that dnsmasq does not know; octets and hash are the same.
    expect(document.exchanges[3]).toMatchObject({
      what: 'TFTP ipxe.efi',
      note: '850528 octets',
      differences: [{ field: 'OACK windowsize', got: '4' }],
    });
  });

  it('finds nothing that differs where dnsmasq answers what dnsmasq answered', {
    timeout: 60_000,
  }, async () => {
    const { io, out } = recordingIo();
    const capture = join(PLACES.captures, 'lab/uefi-x64-dumb.pcap');
    expect(await replay.run([capture, '--server', 'seed', '--fast'], io)).toBe(EXIT.ok);
    expect(out().match(/^ {2}same /gm)).toHaveLength(7);
  });

  it('says where a server is to be named', async () => {
    const { io } = recordingIo();
    await expect(replay.run(['x.pcap'], io)).rejects.toMatchObject({
      hint: 'for example --server reference',
    });
  });
});
