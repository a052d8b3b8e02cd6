import { getuid } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEED_LAB } from './lab-spec.ts';
import { type Lab, startLab } from './start-lab.ts';
import { forBoundUdp, forListeningTcp, forLog, parseSocketTable, waitFor } from './wait.ts';

const node = (script: string): readonly string[] => [process.execPath, '-e', script];

describe('parseSocketTable', () => {
  it('reads local port and state of IPv4 and IPv6 lines', () => {
    // /proc/net/udp with dnsmasq, /proc/net/tcp6 with Apache.
    const udp = [
      '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '  315: 00000000:0043 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 21543 2 0 0',
      '',
    ].join('\n');
    const tcp6 = [
      '  sl  local_address                         remote_address                        st',
      '   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A',
    ].join('\n');

    expect(parseSocketTable(udp)).toEqual([{ port: 67, state: '07' }]);
    expect(parseSocketTable(tcp6)).toEqual([{ port: 80, state: '0A' }]);
    expect(parseSocketTable('')).toEqual([]);
  });
});

describe.skipIf(getuid?.() !== 0)('waitFor (needs root: run as root)', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab(SEED_LAB);
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  it.each([
    { name: 'UDP', readiness: forBoundUdp(67), script: "require('dgram').createSocket('udp4').bind(67)" },
    {
      name: 'UDP over IPv6',
      readiness: forBoundUdp(547),
      script: "require('dgram').createSocket('udp6').bind(547)",
    },
    {
      name: 'TCP',
      readiness: forListeningTcp(80),
      script: "require('net').createServer().listen(80,'0.0.0.0')",
    },
    {
      name: 'printed text',
      readiness: forLog('started, version'),
      script: "console.error('x: started, version 2.90');setInterval(()=>{},1e6)",
    },
    {
      name: 'a printed line',
      readiness: forLog(/^ready$/m),
      script: "process.stdout.write('rea');setTimeout(()=>console.log('dy'),20)",
    },
  ])('resolves once it is there: $name', async ({ readiness, script }) => {
    const server = await lab.spawn(node(script), { host: 'pxe' });

    await waitFor(readiness, server, 10_000);
    server.kill('SIGKILL');
    await server.exited;
  });

  it('does not take a connection for a listener, or another network for its own', async () => {
    const other = await lab.spawn(node("require('net').createServer().listen(81)"), { host: 'dns' });
    await waitFor(forListeningTcp(81), other, 10_000);
    const idle = await lab.spawn(node('setInterval(()=>{},1e6)'), { host: 'pxe' });

    await expect(waitFor(forListeningTcp(81), idle, 100)).rejects.toMatchObject({ code: 'LAB_TIMEOUT' });
  });

  it('says what was awaited, how long, and what was seen last', async () => {
    const server = await lab.spawn(
      node("require('dgram').createSocket('udp4').bind(69);console.log('TFTP only')"),
      {
        host: 'gateway',
        label: 'server',
      },
    );
    await waitFor(forBoundUdp(69), server, 10_000);

    await expect(waitFor(forBoundUdp(67), server, 50)).rejects.toThrow(
      /^server: UDP port 67 bound: waited \d+ ms, last seen: port 69 bound$/,
    );
    await expect(waitFor(forLog('DHCP'), server, 50)).rejects.toThrow(
      /"DHCP" printed: waited \d+ ms, last seen: "TFTP only"$/,
    );
  });

  it('does not wait for a process that has ended', async () => {
    const server = await lab.spawn(['sh', '-c', 'echo port taken >&2; exit 3'], { label: 'server' });

    await expect(waitFor(forBoundUdp(67), server, 10_000)).rejects.toMatchObject({
      code: 'LAB_PROCESS_ENDED',
      exitStatus: 3,
      message: 'server ended with status 3 before UDP port 67 bound; it printed: port taken',
    });
  });
});
