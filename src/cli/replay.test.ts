import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
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

  it('says that the server ended, and gives no verdict', { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pxebench-replay-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const run = ['timeout', '2', 'pxebench', 'serve', '--config', 'pxe.yaml'];
    const pxe = [{ run, ready: { udp: 67 } }];
    await writeFile(join(folder, 'server.yaml'), stringify({ title: 'ends soon', hosts: { pxe } }));
    const subnet = { network: '10.188.0.0/24', pool: ['10.188.0.60-10.188.0.70'], 'lease-time': '12h' };
    const config = { address: '10.188.0.10', dhcp: { subnets: [subnet] } };
    await writeFile(join(folder, 'pxe.yaml'), stringify(config));
    const { io, out } = recordingIo();
    const capture = join(PLACES.captures, 'lab/bios-dumb-by-link.pcap');
    await expect(replay.run([capture, '--server', folder], io)).rejects.toMatchObject({
      name: 'SutError',
      message: expect.stringMatching(/ended during the run/),
    });
    expect(out()).toBe('');
  });

  it('says where a server is to be named', async () => {
    const { io } = recordingIo();
    await expect(replay.run(['x.pcap'], io)).rejects.toMatchObject({
      hint: 'for example --server reference',
    });
  });
});
