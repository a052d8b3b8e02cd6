import { describe, expect, it } from 'vitest';
import { Console } from './console.ts';

function linesOf(...chunks: readonly string[]): readonly string[] {
  const lines: string[] = [];
  const console = new Console((line) => lines.push(line));
  for (const chunk of chunks) console.push(Buffer.from(chunk, 'latin1'));
  console.end();
  return lines;
}

// As SeaBIOS 1.16.2 and pxelinux 6.04 wrote it under QEMU 7.2 (a boot of seed/lookup-stops-at-uuid).
const PXELINUX =
  'http://pxe.example.com/pxelinux.0... ok\r\n\r\nPXELINUX 6.04 PXE 20200816 C\x1b[25;28H\x1b[25;29Hopyright (C) 1994-2015 H. Peter Anvin et al\r\r\npxebench: found at its UUID\r\n\rBooting from local disk...\r\n';

describe('Console', () => {
  it('keeps a line in one piece although SeaBIOS moves the cursor in the middle of it', () => {
    expect(linesOf(PXELINUX)).toEqual([
      'http://pxe.example.com/pxelinux.0... ok',
      'PXELINUX 6.04 PXE 20200816 Copyright (C) 1994-2015 H. Peter Anvin et al',
      'pxebench: found at its UUID',
      'Booting from local disk...',
    ]);
  });

  it('gives the same lines however the octets are cut into pieces', () => {
    expect(linesOf(...PXELINUX)).toEqual(linesOf(PXELINUX));
  });

  it.each([
    {
      name: 'colours',
      octets: '\x1b[0;1miPXE 1.0.0+\x1b[0m -- \x1b[0;36mhttp\r\n',
      lines: ['iPXE 1.0.0+ -- http'],
    },
    { name: 'a character set and a title', octets: '\x1b(Ba\x1b]0;title\x07b\n', lines: ['ab'] },
    {
      name: 'what is rubbed out',
      octets: 'Press Ctrl-B...\b \b\b \b\b \bnet0\n',
      lines: ['Press Ctrl-Bnet0'],
    },
    { name: 'what is written over after a carriage return', octets: '10 %\r20 %\n', lines: ['20 %'] },
    { name: 'another row', octets: '\x1b[1;1Hfirst\x1b[3;5Hthird\n', lines: ['first', '    third'] },
    { name: 'a cleared screen', octets: 'before\x1b[2Jafter\n', lines: ['before', 'after'] },
    { name: 'empty lines', octets: '\r\n\r\n  \r\nx\r\n', lines: ['x'] },
    { name: 'a last line without an end', octets: 'a\nb', lines: ['a', 'b'] },
    { name: 'an escape that is none', octets: '\x1b\x1b[31mx\n', lines: ['x'] },
  ])('reads $name', ({ octets, lines }) => {
    expect(linesOf(octets)).toEqual(lines);
  });

  it('shows the line that has not ended, and the octets as they came', () => {
    const console = new Console(() => {});
    console.push(Buffer.from('boot: \x1b[0m'));
    expect(console.text()).toBe('boot:\n');
    expect(Buffer.from(console.raw()).toString()).toBe('boot: \x1b[0m');
  });

  it('ends a line that never ends', () => {
    expect(linesOf('x'.repeat(10_000)).map(({ length }) => length)).toEqual([4096, 4096, 1808]);
  });
});
