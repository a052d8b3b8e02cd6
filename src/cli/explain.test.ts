import { existsSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from './command.ts';
import { explain } from './explain.ts';
import { PLACES } from './places.ts';
import { recordingIo } from './testing/io.ts';

/** Captures that may not be passed on, where somebody has put them beside the checkout: only what is told of them is kept here. */
const ELSEWHERE = join(PLACES.captures, '..', '..', 'shared', 'captures');
const elsewhere = (await Array.fromAsync(glob('**/*.{pcap,pcapng}', { cwd: ELSEWHERE })))
  .filter((path) => !existsSync(join(PLACES.captures, path)))
  .sort();

const captures = (await Array.fromAsync(glob(join(PLACES.captures, '**/*.{pcap,pcapng}')))).sort();

async function explained(argv: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const { io, out, err } = recordingIo();
  const status = await explain.run(argv, io);
  return { status, out: out(), err: err() };
}

describe('explain', () => {
  it.each(captures.map((path) => relative(PLACES.captures, path)))('tells the story of %s', async (path) => {
    const { status, out, err } = await explained([join(PLACES.captures, path)]);
    expect(status).toBe(EXIT.ok);
    const text = `${out}${err}`.replaceAll(`${PLACES.captures}/`, '');
    await expect(text).toMatchFileSnapshot(join(PLACES.captures, 'explained', `${path}.txt`));
  });

  it.each(elsewhere)('tells the story of %s, which is not passed on', async (path) => {
    const { status, out, err } = await explained([join(ELSEWHERE, path)]);
    expect(status).toBe(EXIT.ok);
    const text = `${out}${err}`.replaceAll(`${ELSEWHERE}/`, '');
    await expect(text).toMatchFileSnapshot(join(PLACES.captures, 'explained', 'elsewhere', `${path}.txt`));
  });

  it('tells one client only where one is asked for, as JSON', async () => {
    const path = join(PLACES.captures, 'lab', 'uefi-x64-dumb.pcap');
    const { out } = await explained(['--json', '--client', '00:12:34:56:78:92', path]);
    const document = JSON.parse(out);
    expect(document).toMatchObject({ format: 'pxebench-explain/1', frames: 1224 });
    expect(document.clients.map(({ id }: { id: string }) => id)).toEqual(['00:12:34:56:78:92']);
    expect(document.clients[0].events[0]).toMatchObject({ kind: 'dhcp', stage: 'firmware', frames: [4] });
  });

  it('judges clause by clause, and fails where one that binds is broken', async () => {
    const path = join(PLACES.captures, 'lab', 'bios-ipxe-rom.pcap');
    const { status, out } = await explained(['--checks', path]);
    expect(status).toBe(EXIT.failed);
    expect(out).toContain('clauses: 40 held, 2 broken, 3 not as they should be');
    expect(out).toContain('✗ dhcp.reply.echoes-client-identifier  RFC 6842 §3, MUST');
    expect(out).toContain('wanted secs 0; got secs 4 (#8 #13)');
    const strict = await explained(['--checks', '--strict', '--json', path]);
    expect(strict.status).toBe(EXIT.failed);
    const [client] = JSON.parse(strict.out).clients;
    expect(client.checks.find(({ id }: { id: string }) => id === 'http.get.content-length')).toMatchObject({
      outcome: 'fail',
      applied: 5,
      failures: [{ frames: [42, 45] }],
    });
  });

  it('judges what asks for the whole of a file', async () => {
    const path = join(PLACES.captures, 'lab', 'uefi-x64-dumb.pcap');
    const { out } = await explained(['--checks', '--json', path]);
    const [client] = JSON.parse(out).clients;
    expect(client.checks.find(({ id }: { id: string }) => id === 'tftp.oack.tsize')).toMatchObject({
      outcome: 'pass',
    });
  });

  it('ends well where only what SHOULD be is not, unless it is strict', async () => {
    const path = join(PLACES.captures, 'lab', 's390x-ccw.pcap');
    expect((await explained(['--checks', path])).status).toBe(EXIT.ok);
    expect((await explained(['--checks', '--strict', path])).status).toBe(EXIT.failed);
    await expect(explained(['--strict', path])).rejects.toMatchObject({ name: 'UsageError' });
  });

  it('names the clients there are where the one asked for is not', async () => {
    const path = join(PLACES.captures, 'lab', 's390x-ccw.pcap');
    await expect(explained(['--client', '00:00:00:00:00:01', path])).rejects.toMatchObject({
      hint: 'there is: 00:12:34:56:78:c1',
    });
  });

  it('refuses a file that is no capture', async () => {
    await expect(explained([join(PLACES.captures, 'README.md')])).rejects.toMatchObject({
      code: 'CAPTURE_OTHER_FILE',
      message: expect.stringMatching(/README\.md: This is not a capture file: magic number: wanted/),
    });
  });
});
