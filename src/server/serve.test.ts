import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import dnsPacket from 'dns-packet';
import { afterAll, describe, expect, it } from 'vitest';
import { loadServerConfig } from './config/load-server-config.ts';
import { formatEvent, type ServerEvent } from './event.ts';
import { serve } from './serve.ts';
import { systemClock } from './shell/clock.ts';
import { readByTftp } from './shell/testing/tftp-client.ts';
import type { SeenOnTheWire } from './testing/dhcp-on-a-wire.ts';

const base = mkdtempSync(join(tmpdir(), 'pxebench-serve-'));
mkdirSync(join(base, 'www'));
writeFileSync(join(base, 'www', 'boot1.txt'), '#!ipxe\n');
afterAll(() => rmSync(base, { recursive: true }));

const DHCP = `
dhcp:
  probe-addresses: false
  subnets:
    - { network: 10.188.0.0/24, pool: [10.188.0.60-10.188.0.70], lease-time: 12h, routers: [10.188.0.1] }
boot:
  files: { 0: undionly.kpxe }
  ipxe: http://pxe.example.com/boot1.txt
`;
const config = (text: string) => {
  const file = join(base, `${Math.random()}.yaml`);
  writeFileSync(file, text);
  return file;
};
const local = (port: number) => `
address: 127.0.0.1
tftp: { root: www, port: 0 }
http: { root: www, port: ${port} }
dns: { port: 0, origin: example.com, hosts: { pxe.example.com: 10.188.0.10 } }
`;
/** Root makes a network namespace as it is, others inside a user namespace of their own. */
const inNamespace = (...argv: string[]) =>
  promisify(execFile)('unshare', [
    ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
    '--net',
    ...argv,
  ]);

describe('serve', () => {
  it('serves files, orders and names until it is disposed of', async () => {
    const events: ServerEvent[] = [];
    const running = await serve(await loadServerConfig(config(local(0))), {
      clock: systemClock,
      log: (event) => events.push(event),
    });
    const { tftp = 0, http = 0, dns = 0 } = running.ports;
    expect((await readByTftp('boot1.txt', tftp)).octets.toString()).toBe('#!ipxe\n');
    expect(await (await fetch(`http://127.0.0.1:${http}/boot1.txt`)).text()).toBe('#!ipxe\n');
    expect(await (await fetch(`http://127.0.0.1:${http}/boot2.php?mac=1`)).text()).toBe('#!ipxe\nexit\n');
    expect(await askDns('pxe.example.com', dns)).toBe('10.188.0.10');
    expect(running.ports.dhcp).toBeUndefined();

    await running[Symbol.asyncDispose]();
    await expect(fetch(`http://127.0.0.1:${http}/boot1.txt`)).rejects.toThrow();
    expect(events.map(formatEvent)).toEqual(
      expect.arrayContaining([
        `server serves TFTP on 127.0.0.1:${tftp} from ${join(base, 'www')}`,
        expect.stringMatching(/^tftp 127\.0\.0\.1:\d+ complete "boot1.txt" 7 octets in \d+\.\d\d s$/),
        expect.stringMatching(/^http 127\.0\.0\.1:\d+ 200 "GET \/boot1.txt" 7 octets$/),
        'orders "1" exit (default)',
        expect.stringMatching(/^dns 127\.0\.0\.1:\d+ "pxe\.example\.com A: 10\.188\.0\.10"$/),
      ]),
    );
  });

  it('goes on with another configuration, and refuses one that it would have to be restarted for', async () => {
    const orders = (order: string) =>
      `orders: [{ match: { mac: "*" }, order: ${order} }]\ndefault-order: exit\n`;
    const deps = { clock: systemClock, log: () => undefined };
    await using running = await serve(await loadServerConfig(config(local(0) + orders('exit'))), deps);
    const boot2 = async () => (await fetch(`http://127.0.0.1:${running.ports.http}/boot2.php?mac=1`)).text();
    expect(await boot2()).toBe('#!ipxe\nexit\n');
    await running.reload(await loadServerConfig(config(local(0) + orders('{ chain: http://a/ }'))));
    expect(await boot2()).toBe('#!ipxe\nchain http://a/\n');
    await expect(running.reload(await loadServerConfig(config(local(8080))))).rejects.toMatchObject({
      code: 'SERVER_NEEDS_RESTART',
      message: 'another address, port, service or file of leases is wanted: http',
    });
    expect(await boot2()).toBe('#!ipxe\nchain http://a/\n');
  });

  it('gives pxelinux by TFTP too what an order says, where the folder has no such file', async () => {
    const orders = `
orders:
  - { match: { mac: "00:12:34:56:78:90" }, order: { pxelinux: { labels: { local: { localboot: 0 } } } } }
default-order: exit
`;
    const deps = { clock: systemClock, log: () => undefined };
    await using running = await serve(await loadServerConfig(config(local(0) + orders)), deps);
    const { tftp = 0, http = 0 } = running.ports;
    const name = 'pxelinux.cfg/01-00-12-34-56-78-90';
    const made = 'DEFAULT local\nPROMPT 0\n\nLABEL local\n  LOCALBOOT 0\n';
    expect((await readByTftp(name, tftp)).octets.toString()).toBe(made);
    expect((await readByTftp(name, tftp, {}, 'netascii')).octets.toString()).toBe(
      made.replaceAll('\n', '\r\n'),
    );
    await expect(readByTftp('pxelinux.cfg/01-00-12-34-56-78-91', tftp)).rejects.toThrow('ERROR 1');
    await expect(readByTftp('autoexec.ipxe', tftp)).rejects.toThrow('ERROR 1');
    const get = async (path: string) => fetch(`http://127.0.0.1:${http}/${path}`);
    expect(await (await get(name)).text()).toBe(made);
    expect((await get('pxelinux.cfg/default')).status).toBe(404);

    // What somebody put there by hand comes first.
    mkdirSync(join(base, 'www', 'pxelinux.cfg'));
    writeFileSync(join(base, 'www', name), 'LABEL by-hand\n');
    expect(await (await get(name)).text()).toBe('LABEL by-hand\n');
    expect((await readByTftp(name, tftp)).octets.toString()).toBe('LABEL by-hand\n');
  });

  it('says which port is taken, and leaves nothing running', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const events: ServerEvent[] = [];
    const starting = serve(await loadServerConfig(config(local(port))), {
      clock: systemClock,
      log: (event) => events.push(event),
    });
    await expect(starting).rejects.toMatchObject({
      code: 'SERVER_PORT_TAKEN',
      message: `HTTP on 127.0.0.1:${port}: the port is taken`,
    });
    taken.close();
    const dns = /:(\d+) for/.exec(events.map(formatEvent).find((line) => line.includes('DNS')) ?? '');
    await expect(askDns('pxe.example.com', Number(dns?.[1]), 300)).rejects.toThrow('silence');
  });

  it('says that no interface has its address', async () => {
    const starting = serve(await loadServerConfig(config(`address: 203.0.113.77${DHCP}`)), {
      clock: systemClock,
      log: () => undefined,
    });
    await expect(starting).rejects.toMatchObject({
      code: 'SERVER_NO_INTERFACE',
      message: expect.stringContaining('no interface has 203.0.113.77; there is lo 127.0.0.1'),
    });
  });

  it('answers DHCP on its own wire, to clients without an address too', async () => {
    const script = join(import.meta.dirname, 'testing', 'dhcp-on-a-wire.ts');
    const file = config(`address: 10.188.0.10${DHCP}`);
    const { stdout } = await inNamespace(process.execPath, script, file);
    const seen = JSON.parse(stdout) as SeenOnTheWire;
    const { offer, broadcastOffer, ack, renewed, nak, ipxe } = seen;

    const unicast = { toMac: '00:12:34:56:78:90', toAddress: offer.yiaddr };
    const broadcast = { toMac: 'ff:ff:ff:ff:ff:ff', toAddress: '255.255.255.255' };
    expect(offer).toMatchObject({ ...unicast, type: 'offer', file: 'undionly.kpxe', siaddr: '10.188.0.10' });
    expect(broadcastOffer).toMatchObject({ ...broadcast, type: 'offer', yiaddr: offer.yiaddr });
    expect(ack).toMatchObject({ ...unicast, type: 'ack', yiaddr: offer.yiaddr });
    expect(renewed).toMatchObject({ ...unicast, type: 'ack', yiaddr: offer.yiaddr });
    expect(nak).toMatchObject({ ...broadcast, type: 'nak', yiaddr: '0.0.0.0' });
    expect(ipxe).toMatchObject({
      type: 'offer',
      yiaddr: offer.yiaddr,
      file: 'http://pxe.example.com/boot1.txt',
    });
    for (const reply of [offer, broadcastOffer, ack, nak, ipxe]) {
      expect(reply).toMatchObject({ ports: [67, 68], checksum: 'correct', headerChecksum: true });
    }
    expect(seen.arps).toBe(0);
    expect(seen.elsewhere).toBe(0);
    expect(seen.events.filter(({ stage }) => stage === 'dhcp')).toHaveLength(6);
  });

  it('says that it has not the right to the ports', async () => {
    const file = config(`address: 127.0.0.1${DHCP}`);
    // Port 67 belongs to a namespace in which this user has no capabilities.
    const code = `
      import { loadServerConfig } from ${JSON.stringify(join(import.meta.dirname, 'config', 'load-server-config.ts'))};
      import { serve } from ${JSON.stringify(join(import.meta.dirname, 'serve.ts'))};
      import { systemClock } from ${JSON.stringify(join(import.meta.dirname, 'shell', 'clock.ts'))};
      const config = await loadServerConfig(${JSON.stringify(file)});
      await serve(config, { clock: systemClock, log: () => undefined }).catch((error) => process.stdout.write(error.code));
    `;
    const { stdout } = await promisify(execFile)('unshare', [
      '--user',
      process.execPath,
      '--input-type=module',
      '-e',
      code,
    ]);
    expect(stdout).toBe('SERVER_NO_RIGHT');
  });
});

async function askDns(name: string, port: number, ms = 3000): Promise<string | undefined> {
  const socket = createSocket('udp4');
  try {
    const answered = once(socket, 'message', { signal: AbortSignal.timeout(ms) });
    socket.send(
      dnsPacket.encode({ type: 'query', id: 1, questions: [{ type: 'A', name }] }),
      port,
      '127.0.0.1',
    );
    const [bytes] = (await answered.catch(() => {
      throw new Error('silence');
    })) as [Buffer];
    const answer = dnsPacket.decode(bytes).answers?.[0];
    return answer?.type === 'A' ? answer.data : undefined;
  } finally {
    socket.close();
  }
}
