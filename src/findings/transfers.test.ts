import { describe, expect, it } from 'vitest';
import type { TftpFields, TftpOption } from '../wire/tftp.ts';
import { Boot, option, PXE_BIOS } from './testing/boot.ts';

const booted = () => new Boot().dora(PXE_BIOS, { file: 'a' });
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

describe('httpFindings', () => {
  const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
  const HTTP_CLIENT = [option(60, 'HTTPClient:Arch:00016:UNDI:003001')];

  it.each([
    [
      'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n',
      'http.refused',
      'failure',
      'GET /a?…: 404 Not Found',
    ],
    [
      'HTTP/1.1 301 Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n',
      'http.redirect',
      'note',
      'GET /a?…: 301, to /b',
    ],
    [
      'HTTP/1.1 200 OK\r\n\r\nok',
      'http.no-length',
      'note',
      'GET /a?…: the answer does not say how long it is',
    ],
    [
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok',
      'http.broken-off',
      'failure',
      'GET /a?…: broken off after 2 octets',
    ],
  ])('tells of %j', (answer, id, weight, says) => {
    expect(booted().http('/a?x=1', answer).findings(id)).toMatchObject([{ id, weight, says }]);
  });

  it('takes a refusal that the client survives for less than one that it stops at', () => {
    const boot = booted().http('/a', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n').http('/b', OK);
    expect(boot.findings('http.refused')).toMatchObject([{ weight: 'warning' }]);
  });

  it('knows what UEFI HTTP boot cannot do: follow, and go without a length (R44, R45)', () => {
    const uefi = () => new Boot().dora(HTTP_CLIENT, { file: 'http://pxe/a' });
    const moved = uefi().http('/a', 'HTTP/1.1 301 Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n');
    expect(moved.findings('http.redirect')).toMatchObject([{ weight: 'failure', remedy: 'boot from /b' }]);
    expect(uefi().http('/a', 'HTTP/1.1 200 OK\r\n\r\nok').findings('http.no-length')).toMatchObject([
      { weight: 'failure' },
    ]);
  });
});

describe('lookupFindings', () => {
  const MISS = 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n';

  it('tells which name hit, and does not take the misses for refusals', () => {
    const boot = booted()
      .http('/pxelinux.cfg/01-00-12-34-56-78-90', MISS)
      .http('/pxelinux.cfg/0ABC0042', MISS);
    boot.http('/pxelinux.cfg/default', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect(boot.findings('pxelinux.configuration', 'http.refused')).toMatchObject([
      {
        weight: 'note',
        says: 'pxelinux found its configuration as default, after 2 names that are not there',
      },
    ]);
  });

  it('tells that none hit', () => {
    const boot = booted().http('/pxelinux.cfg/0', MISS).http('/pxelinux.cfg/default', MISS);
    expect(boot.findings('pxelinux.no-configuration')).toMatchObject([
      {
        weight: 'failure',
        says: 'pxelinux asked for 2 names of a configuration, from 0 to default, and found none',
      },
    ]);
  });
});
