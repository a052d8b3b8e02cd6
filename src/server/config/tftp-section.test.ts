import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadServerConfig } from './load-server-config.ts';

const base = mkdtempSync(join(tmpdir(), 'pxebench-tftp-section-'));
for (const folder of ['files', 'incoming']) mkdirSync(join(base, folder));
afterAll(() => rmSync(base, { recursive: true }));

const load = (fields: string) => {
  const file = join(base, 'pxe.yaml');
  writeFileSync(file, `address: 127.0.0.1\ntftp: { root: files${fields} }\n`);
  return loadServerConfig(file);
};

describe('the section tftp', () => {
  it('says what a file without more fields means', async () => {
    expect((await load('')).tftp).toEqual({
      root: join(base, 'files'),
      port: 69,
      limits: { maxBlksize: 1468, maxWindowsize: 16 },
      maxTransfers: 4000,
      maxTransfersPerClient: 100,
      ports: 'any',
      upload: undefined,
    });
  });

  it.each([
    ['65536', 65_536],
    ['512K', 524_288],
    ['64M', 67_108_864],
    ['4G', 4_294_967_296],
  ])('reads uploads of at most %s', async (text, maxOctets) => {
    const { tftp } = await load(`, upload: { folder: incoming, max-octets: ${text} }`);
    expect(tftp?.upload).toEqual({ folder: join(base, 'incoming'), maxOctets, overwrite: false });
  });

  it('reads the ports of transfers', async () => {
    const range = { first: 20_000, last: 20_099 };
    expect((await load(', port-range: { first: 20000, last: 20099 }')).tftp?.ports).toEqual(range);
    expect((await load(', single-port: true')).tftp?.ports).toBe('single');
  });

  it.each([
    [', port-range: { first: 20000, last: 19999 }', 'tftp.port-range.last'],
    [', port-range: { first: 69, last: 19999 }', 'tftp.port-range.first'],
    [', single-port: true, port-range: { first: 20000, last: 20001 }', 'tftp.port-range'],
    [', upload: { folder: nowhere }', 'tftp.upload.folder'],
    [', upload: { folder: incoming, max-octets: 1T }', 'tftp.upload.max-octets'],
    [', max-windowsize: 65', 'tftp.max-windowsize'],
  ])('tells the field of %j', async (fields, field) => {
    const error = await load(fields).catch((problem: Error) => problem);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toContain(field);
  });
});
