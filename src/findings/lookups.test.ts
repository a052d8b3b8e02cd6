import { describe, expect, it } from 'vitest';
import { PXE_BIOS } from '../story/testing/boot.ts';
import { JudgedBoot } from './testing/boot.ts';

const booted = () => new JudgedBoot().dora(PXE_BIOS, { file: 'a' });

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
