import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { getuid } from 'node:process';
import dnsPacket from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { SEED_LAB, seedLab } from './lab-spec.ts';
import { startLab } from './start-lab.ts';
import { udpIn, udpOn } from './testing/lab-traffic.ts';
import { watchCapture } from './testing/watch-capture.ts';

describe.skipIf(getuid?.() !== 0)(
  'startLab (needs root: run as root; lab-leaves-nothing.test.ts has labs of ordinary users)',
  () => {
    it('connects the hosts, and the capture shows each frame once, whole, with a finished checksum', async () => {
      await using lab = await startLab(SEED_LAB);
      const watch = watchCapture(lab);
      using pxe = udpOn(lab, 'pxe', '10.188.0.10', 7);
      using gateway = udpOn(lab, 'gateway', '10.188.0.1', 0);
      pxe.on('message', (message, from) => pxe.send(message, from.port, from.address));
      const answer = once(gateway, 'message');
      gateway.send('ping', 7, '10.188.0.10');
      expect(String((await answer)[0])).toBe('ping');

      expect(await lab.capture.stop()).toMatchObject({ dropped: 0, cut: 0, unfinishedChecksums: 0 });
      expect(await watch.ended).toMatchObject({ kind: 'complete' });
      const datagrams = watch.frames.flatMap((frame) => {
        const udp = udpIn(frame);
        return udp === undefined ? [] : [{ port: watch.portOf(frame), to: udp.destinationPort, ...udp }];
      });
      expect(datagrams).toMatchObject([
        { port: 'gateway', to: 7, text: 'ping', checksum: 'correct' },
        { port: 'pxe', sourcePort: 7, text: 'ping', checksum: 'correct' },
      ]);
    });

    it('finishes the checksums of TCP segments, and cuts them to the size of a frame', async () => {
      await using lab = await startLab(SEED_LAB);
      const watch = watchCapture(lab);
      const size = 300_000;
      const server = await lab.spawn(
        [
          process.execPath,
          '-e',
          `require('net').createServer(s=>s.end(Buffer.alloc(${size}))).listen(80,()=>console.log('up'))`,
        ],
        { host: 'pxe' },
      );
      await new Promise<void>((resolve) => server.output.listen((text) => text.includes('up') && resolve()));
      const { stdout } = await lab.run(
        [
          process.execPath,
          '-e',
          `let n=0;require('net').connect(80,'pxe.example.com').on('data',d=>n+=d.length).on('end',()=>console.log(n))`,
        ],
        { host: 'gateway' },
      );
      expect(Number(stdout)).toBe(size);

      const statistics = await lab.capture.stop();
      await watch.ended;
      expect(statistics).toMatchObject({ dropped: 0, cut: 0, unfinishedChecksums: 0 });
      const lengths = watch.frames.map((frame) => frame.originalLength);
      expect(Math.max(...lengths)).toBe(1514);
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBeGreaterThan(size);
    });

    it('is silent by itself: no host has an IPv6 address on the wire', async () => {
      await using lab = await startLab(SEED_LAB);
      for (const { name } of SEED_LAB.hosts) {
        const { stdout } = await lab.run(['cat', '/proc/net/if_inet6'], { host: name });
        expect(
          stdout
            .trim()
            .split('\n')
            .map((line) => line.split(/\s+/).at(-1)),
        ).toEqual(['lo']);
      }
      expect(await lab.capture.stop()).toEqual({ frames: 0, dropped: 0, cut: 0, unfinishedChecksums: 0 });
    });

    it.each([
      { name: 'pxe.example.com', type: 'A' as const, rcode: 'NOERROR', data: ['10.188.0.10'] },
      { name: 'PXE.Example.Com', type: 'A' as const, rcode: 'NOERROR', data: ['10.188.0.10'] },
      { name: 'pxe.example.com', type: 'AAAA' as const, rcode: 'NOERROR', data: [] },
      { name: 'nobody.example.com', type: 'A' as const, rcode: 'NXDOMAIN', data: [] },
      { name: 'debian.org', type: 'A' as const, rcode: 'NXDOMAIN', data: [] },
    ])('answers $type $name with $rcode over UDP and TCP', async ({ name, type, rcode, data }) => {
      await using lab = await startLab(SEED_LAB);
      const query = dnsPacket.encode({ type: 'query', id: 77, questions: [{ type, name }] });
      using udp = udpOn(lab, 'pxe', '10.188.0.10', 0);
      const answered = once(udp, 'message');
      udp.send(query, 53, '10.188.0.20');
      const answers = [dnsPacket.decode((await answered)[0] as Buffer)];

      const { stdout } = await lab.run(
        [
          process.execPath,
          '-e',
          `process.stdin.pipe(require('net').connect({port:53,host:'10.188.0.20',allowHalfOpen:true}).on('data',d=>{console.log(d.toString('hex'));process.exit()}))`,
        ],
        { host: 'pxe', input: Buffer.concat([Uint8Array.of(0, query.length), query]) },
      );
      answers.push(dnsPacket.decode(Buffer.from(stdout.trim(), 'hex').subarray(2)));
      for (const answer of answers) {
        expect(answer).toMatchObject({ id: 77, rcode });
        expect(answer.answers?.map((record) => 'data' in record && record.data)).toEqual(data);
      }
    });

    it('makes its DNS server the resolver of everything that runs in it', async () => {
      await using lab = await startLab(SEED_LAB);

      expect((await lab.run(['getent', 'hosts', 'gateway.example.com'], { host: 'pxe' })).stdout).toMatch(
        /^10\.188\.0\.1 /,
      );
      await expect(lab.run(['getent', 'hosts', 'san.example.com'], { host: 'pxe' })).rejects.toMatchObject({
        code: 'LAB_COMMAND_FAILED',
        exitStatus: 2,
      });
    });

    it('has a second network behind the gateway, which the capture leaves out', async () => {
      await using lab = await startLab(seedLab({ with: ['san', 'mirror'] }));
      const watch = watchCapture(lab);
      using mirror = udpOn(lab, 'mirror', '10.189.0.40', 7);
      using pxe = udpOn(lab, 'pxe', '10.188.0.10', 0);
      mirror.on('message', (message, from) => mirror.send(message, from.port, from.address));
      const answer = once(pxe, 'message');
      pxe.send('far', 7, '10.189.0.40');
      expect(String((await answer)[0])).toBe('far');
      expect((await lab.run(['getent', 'hosts', 'san.example.com'], { host: 'mirror' })).stdout).toContain(
        '10.188.0.30',
      );

      await lab.capture.stop();
      await watch.ended;
      const far = watch.frames.filter((frame) => udpIn(frame)?.text === 'far');
      expect(far.map((frame) => watch.portOf(frame))).toEqual(['pxe', 'gateway']);
      expect([...new Set(watch.frames.map((frame) => watch.portOf(frame)))]).not.toContain('mirror');
    });

    it('stands beside another lab with the same addresses, unseen', async () => {
      await using one = await startLab(SEED_LAB);
      await using other = await startLab(SEED_LAB);
      const watches = [watchCapture(one), watchCapture(other)] as const;
      using first = udpOn(one, 'pxe', '10.188.0.10', 67);
      using second = udpOn(other, 'pxe', '10.188.0.10', 67);
      first.send('of one', 9, '10.188.0.1');
      second.send('of other', 9, '10.188.0.1');
      await watches[0].until((frame) => udpIn(frame)?.destinationPort === 9);
      await watches[1].until((frame) => udpIn(frame)?.destinationPort === 9);

      const texts = watches.map(({ frames }) => frames.flatMap((frame) => udpIn(frame)?.text ?? []));
      expect(texts[0]).toContain('of one');
      expect(texts[0]).not.toContain('of other');
      expect(texts[1]).not.toContain('of one');
      expect(one.pid).not.toBe(other.pid);
    });

    it('gives clients a tap on the bridge', async () => {
      await using lab = await startLab(SEED_LAB);

      expect(await lab.addTap()).toBe('tap0');
      expect(await lab.addTap('vm1')).toBe('vm1');
      const { stdout } = await lab.run(['ip', '-o', 'link', 'show', 'dev', 'vm1']);
      expect(stdout).toMatch(/master br0/);
      await expect(lab.addTap('vm1')).rejects.toMatchObject({ code: 'LAB_COMMAND_FAILED' });
      await expect(lab.addTap('no such name')).rejects.toMatchObject({ code: 'LAB_BAD_SPEC' });
    });

    it('has a folder of its own that can be reached from outside', async () => {
      await using lab = await startLab(SEED_LAB);
      await lab.run(['sh', '-c', 'echo inside > /run/lab/x']);

      expect(await readFile(lab.pathOf('/run/lab/x'), 'utf8')).toBe('inside\n');
    });

    it('names what a command was and what it said when it failed', async () => {
      await using lab = await startLab(SEED_LAB);

      await expect(lab.run(['sh', '-c', 'echo no >&2; exit 7'], { host: 'pxe' })).rejects.toMatchObject({
        code: 'LAB_COMMAND_FAILED',
        message: 'pxe: sh: wanted exit status 0, got 7; it said: no',
        argv: ['sh', '-c', 'echo no >&2; exit 7'],
        exitStatus: 7,
      });
      await expect(lab.run(['nosuchcommand'])).rejects.toMatchObject({ code: 'LAB_MISSING_COMMAND' });
      await expect(lab.run(['true'], { host: 'san' })).rejects.toMatchObject({ code: 'LAB_NO_SUCH_HOST' });
      await expect(lab.run(['true'], { cwd: '/nosuch' })).rejects.toMatchObject({
        code: 'LAB_COMMAND_FAILED',
      });
    });

    it('ends a command whose signal aborts', async () => {
      await using lab = await startLab(SEED_LAB);
      const running = lab.run(['sleep', '1000'], { signal: AbortSignal.timeout(50) });

      await expect(running).rejects.toMatchObject({ name: 'TimeoutError' });
    });
  },
);

describe.skipIf(getuid?.() !== 0)('Lab.failed (needs root: run as root)', () => {
  it('says that the agent died', async () => {
    await using lab = await startLab(SEED_LAB);
    const { stdout } = await lab.run([
      'sh',
      '-c',
      'for p in /proc/[0-9]*; do grep -aq agent/main $p/cmdline && echo ${p#/proc/}; done; :',
    ]);
    await lab.run(['kill', '-9', ...stdout.trim().split('\n')]).catch(() => {});

    expect(await lab.failed).toMatchObject({ code: 'LAB_AGENT_DIED' });
  });

  it('says that the lab ended on its own', async () => {
    await using lab = await startLab(SEED_LAB);
    process.kill(lab.pid, 'SIGKILL');

    expect(['LAB_ENDED', 'LAB_AGENT_DIED']).toContain((await lab.failed).code);
  });

  it('stays quiet about an end that was wanted', async () => {
    const lab = await startLab(SEED_LAB);
    await lab[Symbol.asyncDispose]();

    expect(await Promise.race([lab.failed, new Promise((resolve) => setImmediate(resolve, 'quiet'))])).toBe(
      'quiet',
    );
  });
});
