import { describe, expect, it } from 'vitest';
import { PXE_BIOS } from '../story/testing/boot.ts';
import type { TftpFields, TftpOption } from '../wire/tftp.ts';
import { JudgedBoot } from './testing/boot.ts';

const booted = () => new JudgedBoot().dora(PXE_BIOS, { file: 'a' });
const rrq = (file: string, options: readonly TftpOption[] = []): TftpFields => ({
  ...({ kind: 'rrq', file, mode: 'octet', options } as const),
});

describe('tftpFindings', () => {
  it('takes a size probe for what it is (R36)', () => {
    const boot = booted();
    const tsize = [{ name: 'tsize', value: '0' }];
    boot.wire.tftp('client', 2000, 69, rrq('a', tsize));
    boot.wire.tftp('server', 2000, 3000, { kind: 'oack', options: [{ name: 'tsize', value: '70000' }] });
    boot.wire.tftp('client', 2000, 3000, { kind: 'error', code: 8, message: 'User aborted' });
    expect(boot.findings('tftp.size-probe', 'tftp.aborted')).toMatchObject([
      { id: 'tftp.size-probe', weight: 'note', frames: [5, 7] },
    ]);
  });

  it('tells a refusal with its words, and autoexec.ipxe as what iPXE goes on without (R10)', () => {
    const refused = (file: string) => {
      const boot = booted();
      boot.wire.tftp('client', 2000, 69, rrq(file));
      boot.wire.tftp('server', 2000, 3000, { kind: 'error', code: 1, message: 'File not found' });
      return boot.findings('tftp.refused')[0];
    };
    expect(refused('a')).toMatchObject({
      weight: 'failure',
      says: 'the server refused a: ERROR 1 "File not found"',
    });
    expect(refused('autoexec.ipxe')).toMatchObject({ weight: 'note' });
  });

  it('tells an option that nobody asked for (R37)', () => {
    const boot = booted();
    boot.wire.tftp('client', 2000, 69, rrq('a', [{ name: 'blksize', value: '1468' }]));
    const options = [
      { name: 'BLKSIZE', value: '1468' },
      { name: 'tsize', value: '9' },
    ];
    boot.wire.tftp('server', 2000, 3000, { kind: 'oack', options });
    expect(boot.findings('tftp.unasked-option')).toMatchObject([
      { weight: 'warning', says: 'a: the OACK has tsize=9, which was not asked for' },
    ]);
    expect(boot.findings('tftp.stalled')).toMatchObject([
      { weight: 'failure', because: expect.stringMatching(/^no DATA followed the OACK/) },
    ]);
  });

  it('suspects fragments where blocks larger than a frame stop coming', () => {
    const boot = booted();
    const blksize = [{ name: 'blksize', value: '8192' }];
    boot.wire.tftp('client', 2000, 69, rrq('a', blksize));
    boot.wire.tftp('server', 2000, 3000, { kind: 'oack', options: blksize });
    boot.wire.tftp('server', 2000, 3000, { kind: 'data', block: 1 as never, data: new Uint8Array(8192) });
    expect(boot.findings('tftp.stalled')).toMatchObject([
      {
        says: 'a: stopped after 8,192 octets',
        because: expect.stringMatching(/do not fit into one Ethernet frame/),
      },
    ]);
  });

  it('suspects the rollover where a transfer stops at block 65,535: R39', () => {
    const boot = booted();
    const blksize = [{ name: 'blksize', value: '8' }];
    boot.wire.tftp('client', 2000, 69, rrq('large', blksize));
    boot.wire.tftp('server', 2000, 3000, { kind: 'oack', options: blksize });
    for (let block = 1; block < 0x10000; block++)
      boot.wire.tftp('server', 2000, 3000, { kind: 'data', block: block as never, data: new Uint8Array(8) });
    expect(boot.findings('tftp.stalled')).toMatchObject([
      { because: expect.stringMatching(/^it stopped where the block number comes to its end/) },
    ]);
  });

  it('notes that block numbers began anew', () => {
    const boot = booted().read('large', new Uint8Array(65_535 * 2));
    expect(boot.findings('tftp.rollover')).toEqual([]);
    const blksize = [{ name: 'blksize', value: '8' }];
    boot.wire.tftp('client', 2100, 69, rrq('larger', blksize));
    boot.wire.tftp('server', 2100, 3000, { kind: 'oack', options: blksize });
    const last = 65_537;
    for (let block = 1; block <= last; block++) {
      const data = new Uint8Array(block === last ? 3 : 8);
      boot.wire.tftp('server', 2100, 3000, { kind: 'data', block: (block & 0xffff) as never, data });
    }
    boot.wire.tftp('client', 2100, 3000, { kind: 'ack', block: (last & 0xffff) as never });
    expect(boot.findings('tftp.rollover')).toMatchObject([{ weight: 'note' }]);
  });

  it('sees that a capture was filtered by port 69, and blames nobody', () => {
    const boot = booted();
    for (const file of ['pxelinux.0', 'pxelinux.cfg/default', 'vmlinuz'])
      boot.wire.tftp('client', 2000, 69, rrq(file));
    expect(boot.findings().filter(({ weight }) => weight !== 'note')).toMatchObject([
      { id: 'capture.requests-only', says: 'the capture has 3 TFTP requests and nothing that follows them' },
    ]);
  });
});
