import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTftp, serializeTftp } from '../../wire/tftp.ts';
import { acceptTftpRequest, negotiateTftp } from './tftp-request.ts';

const rrq = (file: string, mode = 'octet', ...options: [string, string][]) =>
  serializeTftp({ kind: 'rrq', file, mode, options: options.map(([name, value]) => ({ name, value })) });
const errorOf = (bytes: Uint8Array) => {
  const accepted = acceptTftpRequest(bytes);
  const parsed = accepted.kind === 'refuse' ? parseTftp(accepted.error) : undefined;
  return parsed?.ok === true && parsed.value.kind === 'error' ? parsed.value.code : accepted.kind;
};

describe('acceptTftpRequest', () => {
  it.each([
    ['f', ['f']],
    ['/f', ['f']],
    ['\\f', ['f']],
    ['boot\\x64\\f.efi', ['boot', 'x64', 'f.efi']],
    ['//etc/passwd', ['etc', 'passwd']],
    ['C:\\x', ['C:', 'x']],
    [Buffer.from('é').toString('latin1'), ['é']],
  ])('reads %j as a name below the root', (file, segments) => {
    expect(acceptTftpRequest(rrq(file))).toMatchObject({ kind: 'serve', segments, mode: 'octet' });
  });

  it.each([
    ['../x', 2],
    ['a/../../x', 2],
    ['..\\x', 2],
    ['', 1],
    ['/', 1],
  ])('refuses %j with ERROR %i', (file, code) => {
    expect(errorOf(rrq(file))).toBe(code);
  });

  it('knows the modes in any letter case, and no others', () => {
    expect(acceptTftpRequest(rrq('f', 'OcTeT'))).toMatchObject({ mode: 'octet' });
    expect(acceptTftpRequest(rrq('f', 'NETASCII'))).toMatchObject({ mode: 'netascii' });
    for (const mode of ['mail', 'binary', '']) expect(errorOf(rrq('f', mode))).toBe(4);
  });

  it('reads a request to write by the same rules', () => {
    const wrq = (file: string) => serializeTftp({ kind: 'wrq', file, mode: 'octet', options: [] });
    expect(acceptTftpRequest(wrq('logs\\f'))).toMatchObject({ kind: 'receive', segments: ['logs', 'f'] });
    expect(errorOf(wrq('../f'))).toBe(2);
  });

  it('never answers an ERROR', () => {
    expect(errorOf(serializeTftp({ kind: 'error', code: 0, message: 'x' }))).toBe('ignore');
  });

  it.each([
    ['nothing', ''],
    ['one octet', '00'],
    ['opcode 0', '0000'],
    ['opcode 7', '0007 6600'],
    ['opcode in the wrong byte order', '0100 6600 6f6374657400'],
    ['DATA', '0003 0001 61'],
    ['ACK', '0004 0001'],
    ['OACK', '0006'],
    ['a name without an end', '0001 66'],
    ['no mode', '0001 6600'],
    ['an option without a value', '0001 6600 6f6374657400 62006363'],
  ])('answers ERROR 4 to %s', (_, hex) => {
    expect(errorOf(Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex')))).toBe(4);
  });

  it('takes requests of 512 octets and not of 513', () => {
    const padded = (octets: number) => rrq('f', 'octet', ['x', 'y'.repeat(octets - 13)]);
    expect(padded(512)).toHaveLength(512);
    expect(acceptTftpRequest(padded(512))).toMatchObject({ kind: 'serve' });
    expect(errorOf(padded(513))).toBe(4);
  });

  it('never throws, and never lets a name out of the root', () => {
    const names = fc.array(fc.constantFrom('..', '/', '\\', 'a', '.', '\xff')).map((p) => rrq(p.join('')));
    fc.assert(
      fc.property(fc.oneof(names, fc.uint8Array({ maxLength: 600 })), (bytes) => {
        const accepted = acceptTftpRequest(bytes);
        if (accepted.kind === 'serve') {
          expect(accepted.segments).not.toContain('..');
          expect(accepted.segments.join('')).not.toMatch(/[/\\\0]/);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('negotiateTftp', () => {
  const limits = { maxBlksize: 1468, maxWindowsize: 16 };
  const terms = (options: [string, string][], size = 1000) =>
    negotiateTftp(
      options.map(([name, value]) => ({ name, value })),
      size,
      limits,
    );
  const oack = (...options: [string, string][]) =>
    terms(options).oack.map(({ name, value }) => `${name}=${value}`);

  it('grants what EDK2 asks for', () => {
    expect(
      terms(
        [
          ['tsize', '0'],
          ['blksize', '1468'],
          ['windowsize', '4'],
        ],
        850_432,
      ),
    ).toMatchObject({
      blksize: 1468,
      windowsize: 4,
      timeoutMs: undefined,
      oack: [
        { name: 'tsize', value: '850432' },
        { name: 'blksize', value: '1468' },
        { name: 'windowsize', value: '4' },
      ],
    });
  });

  it('keeps order and spelling, counts a name once, and leaves out what it does not know', () => {
    expect(
      oack(['BLKSIZE', '1024'], ['foo', 'bar'], ['multicast', ''], ['TSize', '0'], ['blksize', '8']),
    ).toEqual(['BLKSIZE=1024', 'TSize=1000']);
    expect(oack(['foo', 'bar'])).toEqual([]);
    expect(oack()).toEqual([]);
  });

  it.each([
    ['blksize', '8', '8'],
    ['blksize', '1432', '1432'],
    ['blksize', '65464', '1468'],
    ['blksize', '7', undefined],
    ['blksize', '0', undefined],
    ['blksize', '65465', undefined],
    ['blksize', '-1', undefined],
    ['blksize', 'abc', undefined],
    ['blksize', '', undefined],
    ['blksize', '99999999999999999999', undefined],
    ['windowsize', '1', '1'],
    ['windowsize', '64', '16'],
    ['windowsize', '65535', '16'],
    ['windowsize', '0', undefined],
    ['windowsize', '65536', undefined],
    ['timeout', '1', '1'],
    ['timeout', '255', '255'],
    ['timeout', '0', undefined],
    ['timeout', '256', undefined],
    ['tsize', '0', '1000'],
  ])('answers %s=%s with %s', (name, value, given) => {
    expect(oack([name, value])).toEqual(given === undefined ? [] : [`${name}=${given}`]);
  });

  it('says back the size of a file that is to be written', () => {
    const options = [{ name: 'tsize', value: '12345678901' }];
    expect(negotiateTftp(options, undefined, limits).oack).toEqual(options);
  });

  it('says the size of files that need more than 32 bits', () => {
    expect(terms([['tsize', '0']], 2 ** 32 + 1).oack).toEqual([{ name: 'tsize', value: '4294967297' }]);
  });
});
