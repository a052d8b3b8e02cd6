import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import { ack, rrq, tftpClient } from '../server/shell/testing/tftp-client.ts';
import { EXIT, UsageError } from './command.ts';
import { serve } from './serve.ts';
import { recordingIo } from './testing/io.ts';

const base = mkdtempSync(join(tmpdir(), 'pxebench-serve-cli-'));
afterAll(() => rmSync(base, { recursive: true }));
let count = 0;

/** A folder with a configuration, its orders in a file of their own, and something large to send. */
function made(): { readonly folder: string; readonly config: string; readonly large: Buffer } {
  const folder = join(base, `${++count}`);
  mkdirSync(join(folder, 'www'), { recursive: true });
  const large = randomBytes(8 * 1024 * 1024);
  writeFileSync(join(folder, 'www', 'large'), large);
  writeFileSync(join(folder, 'www', 'small'), large.subarray(0, 1500));
  const config = join(folder, 'pxe.yaml');
  writeFileSync(
    config,
    'address: 127.0.0.1\ntftp: { root: www, port: 0 }\nhttp: { root: www, port: 0 }\norders-file: orders.yaml\n',
  );
  writeFileSync(join(folder, 'orders.yaml'), orders('first'));
  return { folder, config, large };
}
const orders = (name: string) =>
  `orders:\n  - { match: { mac: "*" }, order: { chain: http://h/${name} } }\ndefault-order: exit\n`;

/** The command as a process of its own, and what it prints. */
class Served implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly lines: string[] = [];
  #wake = Promise.withResolvers<void>();

  constructor(config: string) {
    const main = resolve(import.meta.dirname, 'main.ts');
    this.process = spawn(process.execPath, [main, 'serve', '--config', config], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      if (stream === null) throw new Error('no pipe');
      createInterface(stream).on('line', (line) => {
        this.lines.push(line);
        this.#wake.resolve();
        this.#wake = Promise.withResolvers();
      });
    }
  }

  /** The first line from the `from`th on that fits. */
  async line(pattern: RegExp, from = 0): Promise<string> {
    const deadline = AbortSignal.timeout(PROCESS_MS / 2);
    for (;;) {
      const found = this.lines.slice(from).find((line) => pattern.test(line));
      if (found !== undefined) return found;
      const tooLate = once(deadline, 'abort').then(() => {
        throw new Error(`waited for ${pattern}, last seen:\n${this.lines.join('\n')}`);
      });
      await Promise.race([this.#wake.promise, tooLate]);
    }
  }

  async port(service: string): Promise<number> {
    const line = await this.line(new RegExp(`serves ${service} on`));
    return Number(/:(\d+) /.exec(line)?.[1]);
  }

  async boot2(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${await this.port('HTTP')}/boot2.php?mac=1`)).text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode !== null) return;
    this.process.kill('SIGTERM');
    await once(this.process, 'exit');
  }
}

/** A process each, on machines that have other things to do. */
const PROCESS_MS = 60_000;
const TAKEN = /goes on with the new configuration/;

describe('pxebench serve', { timeout: PROCESS_MS }, () => {
  it('takes changed orders while a TFTP and an HTTP transfer are under way, and both are completed', async () => {
    const { folder, config, large } = made();
    await using served = new Served(config);
    expect(await served.boot2()).toContain('chain http://h/first');

    await using tftp = await tftpClient();
    await tftp.send(rrq('small', {}), await served.port('TFTP'));
    const first = await tftp.next();
    const http = connect(await served.port('HTTP'), '127.0.0.1');
    http.write('GET /large HTTP/1.1\r\nHost: h\r\n\r\n');
    const [head] = (await once(http, 'data')) as [Buffer];
    http.pause();

    // As editors do: another file in its place.
    writeFileSync(join(folder, 'orders.yaml~'), orders('second'));
    renameSync(join(folder, 'orders.yaml~'), join(folder, 'orders.yaml'));
    await served.line(TAKEN);
    expect(await served.boot2()).toContain('chain http://h/second');

    // By number: while nothing was acknowledged the server sent the first again.
    const blocks: Buffer[] = [];
    for (let got = first; got !== undefined; got = await tftp.next()) {
      if (got.packet.kind !== 'data') throw new Error(`got ${got.packet.kind}`);
      blocks[got.packet.block - 1] = Buffer.from(got.packet.data);
      await tftp.send(ack(got.packet.block), got.port);
      if (got.packet.data.length < 512) break;
    }
    expect(Buffer.concat(blocks).equals(large.subarray(0, 1500))).toBe(true);

    const parts: Buffer[] = [head.subarray(head.indexOf('\r\n\r\n') + 4)];
    let length = parts[0]?.length ?? 0;
    http.on('data', (part: Buffer) => {
      parts.push(part);
      length += part.length;
      if (length >= large.length) http.end();
    });
    http.resume();
    await once(http, 'close');
    const hash = (octets: Buffer) => createHash('sha256').update(octets).digest('hex');
    expect(hash(Buffer.concat(parts))).toBe(hash(large));
  });

  it('refuses a wrong file with file, line and field, goes on as before, and takes it once it is right', async () => {
    const { folder, config } = made();
    await using served = new Served(config);
    await served.boot2();
    writeFileSync(join(folder, 'orders.yaml'), orders('x').replace('mac:', 'maac:'));
    await served.line(/the new configuration is refused, and the old one stays/);
    await served.line(
      /orders\.yaml:2:\d+: orders\[0\]\.match\.maac: no client sends "maac"; did you mean "mac"\?/,
    );
    expect(await served.boot2()).toContain('chain http://h/first');

    writeFileSync(join(folder, 'orders.yaml'), orders('third'));
    await served.line(TAKEN);
    expect(await served.boot2()).toContain('chain http://h/third');

    // A file that is not there (yet), and a configuration that would have to be started anew.
    const before = served.lines.length;
    writeFileSync(config, 'address: 127.0.0.1\nhttp: { port: 0 }\norders-file: [orders.yaml, more.yaml]\n');
    await served.line(/more\.yaml: no such file/, before);
    writeFileSync(join(folder, 'more.yaml'), 'orders: []\n');
    await served.line(/is wanted: tftp; stop the server/, before);
    expect(await served.boot2()).toContain('chain http://h/third');
  });

  it('reads again on SIGHUP, changed or not, and sees a file behind a link', async () => {
    const { folder, config } = made();
    mkdirSync(join(folder, 'elsewhere'));
    renameSync(join(folder, 'orders.yaml'), join(folder, 'elsewhere', 'real.yaml'));
    symlinkSync(join('elsewhere', 'real.yaml'), join(folder, 'orders.yaml'));
    await using served = new Served(config);
    await served.boot2();
    served.process.kill('SIGHUP');
    await served.line(TAKEN);
    const before = served.lines.length;
    writeFileSync(join(folder, 'elsewhere', 'real.yaml'), orders('behind'));
    await served.line(TAKEN, before);
    expect(await served.boot2()).toContain('chain http://h/behind');
  });

  it('warns of rules that no client gets to when it starts', async () => {
    const { folder, config } = made();
    writeFileSync(
      join(folder, 'orders.yaml'),
      `${orders('a').replace('default-order', '  - { match: { mac: 00:12:34 }, order: exit }\ndefault-order')}`,
    );
    await using served = new Served(config);
    await served.line(
      /warning: .*orders\.yaml:3:5: orders\[1\]: no client ever gets this: rule 1 \(orders\.yaml:2\)/,
    );
  });
});

describe('pxebench serve --check', () => {
  it('says that a configuration is right, or what is wrong with it', async () => {
    const { folder, config } = made();
    const { io, out, err } = recordingIo({ cwd: folder });
    expect(await serve.run(['--config', 'pxe.yaml', '--check'], io)).toBe(EXIT.ok);
    expect(out()).toBe('pxe.yaml: right, 1 rules, 2 files\n');
    expect(err()).toBe('');
    writeFileSync(config, 'address: 127.0.0.1\nhtpp: {}\n');
    await expect(serve.run(['--config', 'pxe.yaml', '--check'], io)).rejects.toThrow(
      /pxe\.yaml:2:1: htpp: unknown key/,
    );
  });
});

describe('pxebench serve --explain', () => {
  const reference = resolve(import.meta.dirname, '../../servers/reference');
  const said = async (...argv: string[]) => {
    const { io, out } = recordingIo({ cwd: reference });
    expect(await serve.run(['--config', 'pxe.generated.yaml', '--explain', ...argv], io)).toBe(EXIT.ok);
    return out();
  };

  it('tells stage by stage what a client would get, and why', async () => {
    const text = await said('00:12:34:56:78:99', '--set', 'serial=SN-7', '--set', 'platform=pcbios');
    for (const line of [
      'DHCP       subnet 10.188.0.0/24, address from the pool, if it has none yet',
      /as firmware, architecture 7 \(x64 UEFI\): offer 10\.188\.0\.\d+, file ipxe\.efi, next-server 10\.188\.0\.10 /,
      /as iPXE: offer 10\.188\.0\.\d+, file http:\/\/pxe\.example\.com\/generated-boot1, /,
      'boot1      /generated-boot1: made by the server',
      /boot2 {6}\/boot2\.php: rule 1, pxe\.generated\.yaml:\d+ decides: pxelinux/,
      'serial is SN-*: it is "SN-7"',
      /\| set 209:string pxelinux\.cfg\/order-[0-9a-f]{16}\./,
      '|   SAY pxebench: decided by serial SN-7',
      /01-00-12-34-56-78-99: 404 \(a rule that comes before looks at something/,
    ]) {
      if (typeof line === 'string') expect(text).toContain(line);
      else expect(text).toMatch(line);
    }
  });

  it('says at which variable a rule did not match, and which of them was not told', async () => {
    const text = await said('mac=00:12:34:56:78:99,arch=0');
    expect(text).toMatch(
      /✗ rule 1 \(pxe\.generated\.yaml:\d+\): serial is not SN-\*: it is "", which was not given; platform is not pcbios/,
    );
    expect(text).toMatch(/✗ rule 2 .*: product is not Menu Machine: it is "", which was not given\n/);
    expect(text).toContain('default decides: exit');
  });

  it('knows a client by its UUID alone, without DHCP', async () => {
    const text = await said('uuid=4c4c4544-0039-4e10-804e-b9c04f4d344a');
    expect(text).toContain('DHCP       nothing is said without a MAC address');
    expect(text).toContain('pxelinux.cfg/44454c4c-3900-104e-804e-b9c04f4d344a: 404');
  });

  it('tells what a proxy beside another DHCP server offers', async () => {
    const { io, out } = recordingIo({ cwd: resolve(reference, '../reference-proxy') });
    await serve.run(['--config', 'pxe.yaml', '--explain', '00:12:34:56:78:99'], io);
    expect(out()).toContain('proxyDHCP  another server gives the address');
    expect(out()).toMatch(
      /as firmware, architecture 7 \(x64 UEFI\): offer, file \S+, next-server 10\.188\.0\.10 /,
    );
    expect(out()).toMatch(/as iPXE: offer, file http:\/\/pxe\.example\.com\/boot\.ipxe, /);
  });

  it('gives one JSON document', async () => {
    const document = JSON.parse(
      await said('00:12:34:56:78:99', '--set', 'serial=SN-7', '--set', 'platform=pcbios', '--json'),
    );
    expect(document).toMatchObject({
      format: 'pxebench-serve-explain/1',
      client: { mac: '00:12:34:56:78:99', serial: 'SN-7' },
      dhcp: { subnet: '10.188.0.0/24', reserved: false, learned: { gateway: '10.188.0.1' } },
      boot2: { order: 'pxelinux', rules: [{ rule: 0, matched: true }] },
    });
    expect(document.dhcp.answers).toHaveLength(4);
  });

  it.each([
    [['00:12:34'], /wanted a MAC address, got "00:12:34"/],
    [['uuid=4c4c'], /wanted a UUID/],
    [['mac=00:12:34:56:78:99,seriel=7'], /no client sends "seriel"/],
    [['00:12:34:56:78:99', '--set', 'serial'], /wanted name=value, got "serial"/],
  ])('refuses %j', async (argv, message) => {
    await expect(said(...argv)).rejects.toThrow(message);
    await expect(said(...argv)).rejects.toThrow(UsageError);
  });
});
