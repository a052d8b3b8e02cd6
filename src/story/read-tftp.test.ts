import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTftp, serializeTftp, type Tftp } from '../wire/tftp.ts';
import { readTftp } from './read-tftp.ts';

const request = serializeTftp({
  kind: 'rrq',
  file: 'ipxe.efi',
  mode: 'octet',
  options: [
    { name: 'tsize', value: '0' },
    { name: 'blksize', value: '1468' },
  ],
});

describe('readTftp', () => {
  it.each([
    [6, { file: 'ipxe…', mode: '…', options: [] }],
    [13, { file: 'ipxe.efi', mode: '…', options: [] }],
    [30, { file: 'ipxe.efi', mode: 'octet', options: [{ name: 'tsize', value: '0' }] }],
  ])('tells what %i octets of a request say', (kept, told) => {
    expect(readTftp(request.subarray(0, kept), request.length - kept)).toEqual({ kind: 'rrq', ...told });
  });

  it('leaves out the option of an OACK that is not there whole, and ends the words of an ERROR with …', () => {
    const oack = serializeTftp({
      kind: 'oack',
      options: [
        { name: 'blksize', value: '1468' },
        { name: 'tsize', value: '70' },
      ],
    });
    expect(readTftp(oack.subarray(0, 20), 3)).toEqual({
      kind: 'oack',
      options: [{ name: 'blksize', value: '1468' }],
    });
    const error = serializeTftp({ kind: 'error', code: 1, message: 'File not found' });
    expect(readTftp(error.subarray(0, 8), 11)).toMatchObject({ kind: 'error', code: 1, message: 'File…' });
  });

  it('reads nothing into octets that are all there', () => {
    const read = (bytes: Uint8Array): Tftp | undefined => {
      const parsed = parseTftp(bytes);
      return parsed.ok ? parsed.value : undefined;
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(readTftp(bytes, 0)).toEqual(read(bytes));
        // And never throws on what is cut.
        readTftp(bytes, 1);
      }),
    );
  });
});
