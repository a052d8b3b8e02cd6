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

const ERASED = '\b \b'.repeat('Press Ctrl-B for the iPXE command line...'.length);
// SeaBIOS 1.16.2 and QEMU's iPXE ROM from power-on.
const BIOS = `\x1bc\x1b[?7l\x1b[2J\x1b[0mSeaBIOS (version 1.16.2-debian-1.16.2-1)\r\n\n\niPXE (http://ipxe.org) 00:03.0 CA00 PCI2.10 PnP PMM+0EFCF0C0+0EF0F0C0 CA00\r\nPress Ctrl-B to configure iPXE (PCI 00:03.0)...\r${' '.repeat(79)}\r\n\n\nBooting from ROM...\r\niPXE (PCI 00:03.0) starting execution...ok\r\niPXE initialising devices...ok\r\n\n\n\n\x1b[0;1miPXE 1.0.0+git-20190125.36a4c85-5.1\x1b[0m -- Open Source Network Boot Firmware -- \x1b[0;36mhttp\r\n://ipxe.org\r\n\x1b[0mFeatures: DNS HTTP\r\n\nPress Ctrl-B for the iPXE command line...${ERASED}net0: 52:54:00:12:34:56 using 82540em on 0000:00:03.0 (open)\r\n`;
// EDK2 of 2022-11 (OVMF) up to an ipxe.efi that was read over TFTP.
const UEFI = `\x1b[2J\x1b[01;01H\x1b[=3h\x1b[2J\x1b[01;01H\x1b[2J\x1b[01;01H\x1b[=3h\x1b[2J\x1b[01;01H\r\n>>Start PXE over IPv4.\r\n  Station IP address is 10.188.0.68\r\n\r\n  Server IP address is 10.188.0.10\r\n  NBP filename is ipxe.efi\r\n  NBP filesize is 850528 Bytes\r\n Downloading NBP file...\r\n\r\n  NBP file downloaded successfully.\r\niPXE initialising devices...ok\r\n\r\n\r\n\r\n\x1b[1m\x1b[37m\x1b[40miPXE 1.0.0+git-20190125.36a4c85-5.1\x1b[0m\x1b[37m\x1b[40m -- Open Source Network Boot Firmware -- \x1b[0m\x1b[36m\x1b[40mhttp://ipxe.org\x1b[0m\x1b[37m\x1b[40m\r\n`;

describe('Console', () => {
  it('reads what SeaBIOS and iPXE write, without the prompts that are rubbed out again', () => {
    expect(linesOf(BIOS)).toEqual([
      'SeaBIOS (version 1.16.2-debian-1.16.2-1)',
      'iPXE (http://ipxe.org) 00:03.0 CA00 PCI2.10 PnP PMM+0EFCF0C0+0EF0F0C0 CA00',
      'Booting from ROM...',
      'iPXE (PCI 00:03.0) starting execution...ok',
      'iPXE initialising devices...ok',
      // The screen has 80 columns.
      'iPXE 1.0.0+git-20190125.36a4c85-5.1 -- Open Source Network Boot Firmware -- http',
      '://ipxe.org',
      'Features: DNS HTTP',
      'net0: 52:54:00:12:34:56 using 82540em on 0000:00:03.0 (open)',
    ]);
  });

  it('reads what EDK2 writes', () => {
    expect(linesOf(UEFI)).toEqual([
      '>>Start PXE over IPv4.',
      '  Station IP address is 10.188.0.68',
      '  Server IP address is 10.188.0.10',
      '  NBP filename is ipxe.efi',
      '  NBP filesize is 850528 Bytes',
      ' Downloading NBP file...',
      '  NBP file downloaded successfully.',
      'iPXE initialising devices...ok',
      'iPXE 1.0.0+git-20190125.36a4c85-5.1 -- Open Source Network Boot Firmware -- http://ipxe.org',
    ]);
  });

  it('keeps a line in one piece although SeaBIOS moves the cursor in the middle of it', () => {
    expect(linesOf(PXELINUX)).toEqual([
      'http://pxe.example.com/pxelinux.0... ok',
      'PXELINUX 6.04 PXE 20200816 Copyright (C) 1994-2015 H. Peter Anvin et al',
      'pxebench: found at its UUID',
      'Booting from local disk...',
    ]);
  });

  it('gives the same lines however the octets are cut into pieces', () => {
    for (const octets of [PXELINUX, BIOS, UEFI]) expect(linesOf(...octets)).toEqual(linesOf(octets));
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
