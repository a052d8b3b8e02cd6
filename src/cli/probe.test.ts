import { getuid } from 'node:process';
import { describe, expect, it } from 'vitest';
import { EXIT, UsageError } from './command.ts';
import { probe } from './probe.ts';
import { recordingIo } from './testing/io.ts';

type Judged = { readonly id: string; readonly outcome: string };

describe('probe', () => {
  it('names the clause that was meant', async () => {
    const asked = probe.run(['--server', 'reference', '--check', 'dhcp.reply.copies-xit'], recordingIo().io);
    await expect(asked).rejects.toThrow(UsageError);
    await expect(asked).rejects.toMatchObject({ hint: expect.stringContaining('dhcp.reply.copies-xid') });
  });
});

describe.skipIf(getuid?.() !== 0)('probe of a server (needs root: run as root)', () => {
  it('finds no clause broken by the reference server', { timeout: 60_000 }, async () => {
    const { io, out } = recordingIo();
    expect(await probe.run(['--server', 'reference', '--json'], io)).toBe(EXIT.ok);
    const { format, checks } = JSON.parse(out());
    expect(format).toBe('pxebench-probe/1');
    const held = checks.filter(({ outcome }: Judged) => outcome === 'pass').map(({ id }: Judged) => id);
    for (const id of ['dhcp.nak.says-why', 'dhcp.reply.echoes-relay-information', 'tftp.oack.timeout'])
      expect(held).toContain(id);
  });

  it('finds what dnsmasq does otherwise than the documents say', { timeout: 60_000 }, async () => {
    const { io, out } = recordingIo();
    expect(await probe.run(['--server', 'seed', '--json'], io)).toBe(EXIT.failed);
    const { checks } = JSON.parse(out());
    const failed = checks.filter(({ outcome }: Judged) => outcome === 'fail').map(({ id }: Judged) => id);
    expect(failed.toSorted()).toEqual([
      'dhcp.reply.echoes-client-identifier',
      'dhcp.reply.echoes-machine-id',
      'dhcp.reply.hops-zero',
      'dhcp.reply.order-as-requested',
      'dhcp.reply.secs-zero',
      'tftp.oack.blksize',
    ]);
  });
});
