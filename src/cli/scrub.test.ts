import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LINKTYPE } from '../pcap/link-type.ts';
import { PcapngWriter } from '../pcap/write-pcapng.ts';
import { ipv4 } from '../wire/address.ts';
import { IP_PROTOCOL, serializeIpv4 } from '../wire/ipv4.ts';
import { serializeTcp, tcpFlags } from '../wire/tcp.ts';
import { EXIT } from './command.ts';
import { explain } from './explain.ts';
import { PLACES } from './places.ts';
import { scrub } from './scrub.ts';
import { recordingIo } from './testing/io.ts';

const CAPTURE = join(PLACES.captures, 'public', 'uefi-hpe-dns-cname.pcapng');
const KEY = 'sixteen octets at least';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pxebench-scrub-'));
  await copyFile(CAPTURE, join(folder, 'boot.pcapng'));
  await writeFile(join(folder, 'key'), KEY);
});
afterEach(() => rm(folder, { recursive: true }));

async function scrubbed(...argv: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const { io, out, err } = recordingIo({ cwd: folder });
  const status = await scrub.run(argv, io);
  return { status, out: out(), err: err() };
}

describe('scrub', () => {
  it('writes a capture beside the one it was given, and tells what became of what', async () => {
    const { status, err } = await scrubbed('boot.pcapng');
    expect(status).toBe(EXIT.ok);
    expect(err).toContain('boot.pcapng: 4 frames, written to boot.scrubbed.pcapng');
    expect(err).toContain('replaced   2 hardware addresses');
    const written = (await readFile(join(folder, 'boot.scrubbed.pcapng'))).toString('latin1');
    expect(written).not.toMatch(/websrv|hpe/);

    const { io, out } = recordingIo();
    await explain.run([join(folder, 'boot.scrubbed.pcapng')], io);
    expect(out()).toMatch(/94:57:a5:(?!54:79:b4)/);
  });

  it('writes the same with the same key, and something else with a key of its own', async () => {
    await scrubbed('--key', 'key', '-o', 'one', 'boot.pcapng');
    await scrubbed('--key', 'key', '-o', 'two', 'boot.pcapng');
    await scrubbed('-o', 'three', 'boot.pcapng');
    const [one, two, three] = await Promise.all(
      ['one', 'two', 'three'].map((name) => readFile(join(folder, name), 'hex')),
    );
    expect(two).toBe(one);
    expect(three).not.toBe(one);
  });

  it('keeps its map to its owner, and tells the numbers as JSON', async () => {
    const { out } = await scrubbed(
      '--map',
      'map.json',
      '--json',
      '--times',
      '-o',
      'out.pcapng',
      'boot.pcapng',
    );
    expect(JSON.parse(out)).toMatchObject({
      format: 'pxebench-scrub/1',
      frames: 4,
      output: 'out.pcapng',
      replaced: { macs: 2, ipv4: 2 },
      leftovers: [],
    });
    const map = JSON.parse(await readFile(join(folder, 'map.json'), 'utf8'));
    expect(map.ipv4['192.168.1.14']).toMatch(/^10\.188\.\d\d\.\d\d$/);
    expect((await stat(join(folder, 'map.json'))).mode & 0o077).toBe(0);
    const { io, out: told } = recordingIo();
    await explain.run(['--json', join(folder, 'out.pcapng')], io);
    expect(JSON.parse(told()).begin).toBe('2000-01-01T00:00:00.000Z');
  });

  it('writes nothing where something is left over, says where, and writes it when forced to', async () => {
    // A program's own name of itself stays, whatever an administrator made of it.
    const answer =
      'HTTP/1.1 404 Not Found\r\nServer: boot.acme.org\r\nLocation: http://boot.acme.org/\r\nContent-Length: 0\r\n\r\n';
    const ends = { source: ipv4('192.168.7.10'), destination: ipv4('192.168.7.66') };
    const segment = {
      sourcePort: 80,
      destinationPort: 4000,
      seq: 1,
      flags: tcpFlags('ack'),
      payload: Buffer.from(answer),
    };
    const bytes = serializeIpv4({ ...ends, protocol: IP_PROTOCOL.tcp, payload: serializeTcp(segment, ends) });
    const writer = new PcapngWriter();
    const blocks = [
      writer.section({ application: 'test' }),
      writer.interface({ linkType: LINKTYPE.raw, name: 'wire' }),
      writer.frame({ timeNs: 0n, interfaceId: 0, bytes }),
    ];
    await writeFile(join(folder, 'left.pcapng'), Buffer.concat(blocks));

    const refused = await scrubbed('left.pcapng');
    expect(refused.status).toBe(EXIT.failed);
    expect(refused.err).toContain('left over  name boot.acme.org in frame 1, octet 72');
    expect(await readdir(folder)).not.toContain('left.scrubbed.pcapng');

    const forced = await scrubbed('--force', 'left.pcapng');
    expect(forced.status).toBe(EXIT.failed);
    expect(await readdir(folder)).toContain('left.scrubbed.pcapng');
  });

  it('refuses to write over the capture, a short key, and a file that is none', async () => {
    await writeFile(join(folder, 'short'), 'abc');
    await expect(scrubbed('-o', 'boot.pcapng', 'boot.pcapng')).rejects.toThrow(/is the capture itself/);
    await expect(scrubbed('--key', 'short', 'boot.pcapng')).rejects.toThrow(
      /wanted at least 16 octets, got 3/,
    );
    await expect(scrubbed('key')).rejects.toThrow(/This is not a capture file/);
    expect(await readdir(folder)).toEqual(['boot.pcapng', 'key', 'short']);
  });
});
