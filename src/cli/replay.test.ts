import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { Recording } from '../client/replay/testing/recording.ts';
import { collectCapture } from '../pcap/read-capture.ts';
import { ipv4, ipv4ToBytes, mac } from '../wire/address.ts';
import { EXIT } from './command.ts';
import { PLACES } from './places.ts';
import { replay } from './replay.ts';
import { recordingIo } from './testing/io.ts';
import { recordedFile } from './testing/recorded-file.ts';

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
    expect(document.exchanges).toHaveLength(9);
    // The reference server grants the window that dnsmasq does not know; octets and hash are the same.
    expect(document.exchanges[3]).toMatchObject({
      what: 'TFTP ipxe.efi',
      note: '850528 octets',
      differences: [{ field: 'OACK windowsize', got: '4' }],
    });
  });

  it('finds of dnsmasq what dnsmasq answered, and of another web server how it is another', {
    timeout: 60_000,
  }, async () => {
    const { io, out } = recordingIo();
    const capture = join(PLACES.captures, 'lab/uefi-x64-dumb.pcap');
    expect(await replay.run([capture, '--server', 'seed', '--fast', '--json'], io)).toBe(EXIT.failed);
    const { exchanges } = JSON.parse(out());
    const differing = exchanges.filter(({ verdict }: { verdict: string }) => verdict !== 'same');
    expect(differing).toMatchObject([
      { what: 'HTTP GET /boot1.txt', differences: [{ field: 'Content-Type', got: 'text/plain' }] },
      { what: 'HTTP GET /boot2.php?…', differences: [{ field: 'length', got: 'Content-Length' }] },
    ]);
  });

  it('finds nothing that differs in a whole boot where the server is the recorded one', {
    timeout: 60_000,
  }, async () => {
    const { io, out } = recordingIo();
    const capture = join(PLACES.captures, 'recorded/bios-ipxe.pcapng');
    expect(await replay.run([capture, '--server', 'reference', '--fast', '--json'], io)).toBe(EXIT.ok);
    const { exchanges, notReplayed } = JSON.parse(out());
    expect(new Set(exchanges.map(({ verdict }: { verdict: string }) => verdict))).toEqual(new Set(['same']));
    expect(exchanges.at(-1)).toMatchObject({ what: 'HTTP GET /pxelinux.cfg/default' });
    expect(notReplayed).toEqual([]);
  });

  it('hangs the client on a link: what is lost is asked again, what is damaged is not taken, both ends are kept', {
    timeout: 60_000,
  }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pxebench-replay-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const { io, out } = recordingIo({ cwd: folder });
    const rules = [
      { lose: 'dhcp offer', first: 1 },
      { corrupt: 'dns', going: 'to-client', number: 1 },
      { lose: 'http', going: 'to-client', number: 2 },
    ];
    await writeFile(join(folder, 'bad.yaml'), stringify({ rules }));
    const capture = join(PLACES.captures, 'recorded/bios-ipxe.pcapng');
    const link = ['--link', 'bad.yaml', '--link-seed', '9', '--keep', 'now.pcapng'];
    const status = await replay.run([capture, '--server', 'reference', '--fast', '--json', ...link], io);
    const { exchanges, link: said } = JSON.parse(out());

    expect(said).toEqual({ seed: 9, rules: rules.map(() => expect.objectContaining({ acted: 1 })) });
    expect(new Set(exchanges.map(({ verdict }: { verdict: string }) => verdict))).toEqual(new Set(['same']));
    expect(status).toBe(EXIT.ok);
    expect(exchanges[0]).toMatchObject({ what: 'DHCP DISCOVER', note: 'answered after 2 tries' });
    const { frames: bridge } = await collectCapture(createReadStream(join(folder, 'now.pcapng')));
    const { frames: client } = await collectCapture(createReadStream(join(folder, 'now.client.pcapng')));
    // The lost OFFER is on the bridge, and not at the client's end.
    expect(bridge.length).toBeGreaterThan(client.length);
    const numbers: readonly number[] = exchanges.flatMap((one: { frames: readonly number[] }) => one.frames);
    expect(numbers.length).toBeGreaterThan(5);
    for (const number of numbers) expect(client[number - 1]?.direction).toBe('outbound');
  });

  it('gives no success for a link whose rule found nothing to act on', { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pxebench-replay-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const { io, out } = recordingIo({ cwd: folder });
    await writeFile(join(folder, 'idle.yaml'), stringify({ rules: [{ lose: 'dhcp nak' }] }));
    const capture = join(PLACES.captures, 'printed/write-up-ipxe-discover.pcap');
    const ended = replay.run([capture, '--server', 'reference', '--fast', '--link', 'idle.yaml'], io);
    await expect(ended).rejects.toMatchObject({
      code: 'REPLAY_FAULT_MISSING',
      message: 'never happened on the link: lose dhcp nak',
    });
    expect(out()).toContain('0 frames  lose dhcp nak');
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

  it('is the relay of a capture again: by its address in the lab, with option 82', {
    timeout: 60_000,
  }, async () => {
    const [relay, server] = [ipv4('192.168.7.1'), ipv4('192.168.7.2')];
    const client = mac('00:12:34:56:78:a7');
    const [fromRelay, fromServer] = [mac('02:00:00:00:07:01'), mac('02:00:00:00:07:02')];
    const agent = { code: 82, data: Uint8Array.of(1, 4, 0x65, 0x74, 0x68, 0x30) };
    const ports = [67, 67] as const;
    const recording = new Recording()
      .dhcp(
        0,
        { from: fromRelay, to: fromServer, source: relay, destination: server, ports },
        {
          ...{ xid: 7, chaddr: client, giaddr: relay, hops: 1 },
          options: [{ code: 53, data: Uint8Array.of(1) }, { code: 55, data: Uint8Array.of(1, 3) }, agent],
        },
      )
      .dhcp(
        0.01,
        { from: fromServer, to: fromRelay, source: server, destination: relay, ports },
        {
          ...{ op: 2, xid: 7, chaddr: client, giaddr: relay, yiaddr: ipv4('192.168.7.66') },
          options: [{ code: 53, data: Uint8Array.of(2) }, { code: 54, data: ipv4ToBytes(server) }, agent],
        },
      );
    const capture = await recordedFile(recording.frames);
    const { io, out } = recordingIo();
    const now = '192.168.7.1=10.188.0.2';
    await replay.run([capture, '--server', 'reference', '--fast', '--json', '--relay', now], io);
    const [exchange] = JSON.parse(out()).exchanges;
    expect(exchange).toMatchObject({ what: 'DHCP DISCOVER by relay 192.168.7.1', verdict: 'differs' });
    const fields = exchange.differences.map(({ field }: { readonly field: string }) => field);
    expect(fields.filter((field: string) => field.startsWith('option 82'))).toEqual([]);
    expect(fields).not.toContain('address given');
  });

  it('speaks DHCPv6 with dnsmasq: SOLICIT to REPLY, and for a relay', { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pxebench-replay-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const pxe = [{ run: ['sh', 'start.sh'], ready: { log: 'DHCPv6, IP range' } }];
    await writeFile(join(folder, 'server.yaml'), stringify({ title: 'dnsmasq by IPv6', hosts: { pxe } }));
    await writeFile(
      join(folder, 'start.sh'),
      [
        ...[
          'ip -6 addr add fe80::10/64 dev eth0 nodad',
          'ip -6 addr add fd12:3456:789a:1::1/64 dev eth0 nodad',
        ],
        'exec dnsmasq --no-daemon --conf-file=dnsmasq.conf',
      ].join('\n'),
    );
    await writeFile(
      join(folder, 'dnsmasq.conf'),
      [
        ...['port=0', 'log-dhcp', 'interface=eth0', 'dhcp-leasefile=/run/lab/leases'],
        'dhcp-range=fd12:3456:789a:1::aaaa,fd12:3456:789a:1::aab0,64,1h',
        'dhcp-option=option6:bootfile-url,tftp://[fd12:3456:789a:1::1]/ipxe.efi',
      ].join('\n'),
    );
    const replayed = async (capture: string, ...more: readonly string[]) => {
      const { io, out } = recordingIo();
      const path = join(PLACES.captures, 'public', capture);
      await replay.run([path, '--server', folder, '--fast', '--json', ...more], io);
      return JSON.parse(out()).exchanges;
    };
    // The IA's times are another server's; the addresses are the same by role.
    const exchanges = await replayed('uefi-ovmf-v6-stateful-retries.pcap');
    expect(exchanges).toHaveLength(7);
    expect(exchanges[0]).toMatchObject({ what: 'DHCPv6 SOLICIT', verdict: 'differs' });
    expect(exchanges[0].differences[0].field).toBe('option 3 (IA_NA)');
    for (const exchange of exchanges.slice(2))
      expect(exchange).toMatchObject({ what: 'DHCPv6 REQUEST', verdict: 'same' });
    const link = '2603:10b0:b13:c70::1=fd12:3456:789a:1::1';
    const [relayed] = await replayed('uefi-v6-relay-opt79-vendor.pcapng', '--relay', link);
    expect(relayed).toMatchObject({ what: 'DHCPv6 SOLICIT by a relay', verdict: 'differs' });
    expect(relayed.frames).toHaveLength(1);
  });

  it('keeps the new capture, and says what was recorded as unanswered', { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pxebench-replay-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const { io, out } = recordingIo({ cwd: folder });
    const capture = join(PLACES.captures, 'printed/write-up-ipxe-discover.pcap');
    expect(await replay.run([capture, '--server', 'reference', '--keep', 'now.pcapng'], io)).toBe(EXIT.ok);
    expect(out()).toContain('the capture holds only the client’s side');
    const { frames } = await collectCapture(createReadStream(join(folder, 'now.pcapng')));
    expect(frames.length).toBeGreaterThan(1);
  });

  it('stops at Ctrl-C and tells what there is until then', { timeout: 60_000 }, async () => {
    const interrupt = new AbortController();
    let said = '';
    const { io, out } = recordingIo({
      ...{ signal: interrupt.signal, interactive: true },
      err: (text) => {
        said += text;
        // The user has seen how far it is.
        if (/[1-6] of \d+ exchanges, DHCP/.test(text)) interrupt.abort();
      },
    });
    const capture = join(PLACES.captures, 'lab/bios-dumb-by-link.pcap');
    const ended = replay.run([capture, '--server', 'reference'], io);
    await expect(ended).rejects.toThrow();
    expect(out()).toContain('DHCP DISCOVER');
    expect(said).toMatch(/interrupted after \d of \d+ exchanges/);
  });

  it.each([
    { name: '--keep in no folder', options: ['--keep', '/nowhere/x.pcapng'], message: /no such folder/ },
    { name: '--keep onto a folder', options: ['--keep', '/'], message: /wanted a file, got a folder/ },
    { name: '--renew of something else', options: ['--renew', 'mac'], message: /wanted xid, secs or both/ },
    { name: '--relay of one address', options: ['--relay', '10.0.0.1'], message: /wanted two addresses/ },
    { name: '--relay of two families', options: ['--relay', '10.0.0.1=fe80::1'], message: /both IPv4/ },
    { name: '--link-seed of no number', options: ['--link-seed', 'x'], message: /wanted a number/ },
    { name: '--link-seed without --link', options: ['--link-seed', '2'], message: /without --link/ },
  ])('refuses $name before anything is started', async ({ options, message }) => {
    const { io } = recordingIo();
    const capture = join(PLACES.captures, 'printed/write-up-ipxe-discover.pcap');
    await expect(replay.run([capture, '--server', 'reference', ...options], io)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(message),
    });
  });

  it('says of a capture without anything to replay what there is in it', async () => {
    const { io } = recordingIo();
    const capture = join(PLACES.captures, 'public/uefi-https-tls13.pcapng');
    await expect(replay.run([capture, '--server', 'reference'], io)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(
        /does anything that can be replayed\n {2}52:54:00:12:34:56: not replayed: TLS/,
      ),
    });
  });

  it('says where a server is to be named', async () => {
    const { io } = recordingIo();
    await expect(replay.run(['x.pcap'], io)).rejects.toMatchObject({
      hint: 'for example --server reference',
    });
  });
});
