import { describe, expect, it } from 'vitest';
import { ipv4, mac } from '../../wire/address.ts';
import { latin1 } from '../../wire/bytes.ts';
import type { OptionToSend } from '../../wire/dhcp/build-message.ts';
import { fileName } from '../../wire/dhcp/message.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { BootConfig } from './boot-config.ts';
import {
  archs,
  benchWith,
  bothTo,
  httpClient,
  list,
  menu,
  offerTo,
  pxeClass,
  textIn,
  UUID,
  vendorItems,
} from './testing/boot-bench.ts';
import {
  bytesOf,
  codesOf,
  ipxe,
  octetsOf,
  type Received,
  rom,
  SERVER,
  textOf,
} from './testing/dhcp-bench.ts';

describe('PXE-001, PXE-002: option 60 in a PXE offer', () => {
  it.each(['skip-discovery', 'menu', 'boot-server'] as const)(
    'is PXEClient, 9 octets, in a %s offer',
    (pxeOffer) => {
      for (const reply of bothTo(rom(0), { pxeOffer, menu: pxeOffer === 'menu' ? menu : undefined })) {
        expect(textIn(reply, 60)).toBe('PXEClient');
      }
    },
  );

  it.each([undefined, 'MSFT 5.0', 'pxeclient:Arch:00000', 'PXEClien', 'xPXEClienty'])(
    'is not sent, nor is 43, to a client of class %s',
    (vendorClass) => {
      const options = [
        archs(0),
        list(1, 43, 60),
        ...(vendorClass === undefined ? [] : [textOf(60, vendorClass)]),
      ];
      for (const pxeOffer of ['skip-discovery', 'menu', 'boot-server'] as const) {
        const codes = codesOf(offerTo(options, { pxeOffer, menu }));
        expect(codes).not.toContain(60);
        expect(codes).not.toContain(43);
      }
    },
  );
});

describe('PXE-003: option 97', () => {
  it('comes back unchanged in OFFER and ACK, and is not missed where it is missing', () => {
    for (const reply of bothTo([...rom(0), octetsOf(97, ...UUID)])) expect(bytesOf(reply, 97)).toEqual(UUID);
    // Supermicro's ROM sends none (danderson/pixiecore#21).
    for (const reply of bothTo(rom(0))) expect(fileName(reply.message)).toBe('undionly.kpxe');
  });

  it.each([[[]], [[0]], [UUID.slice(1)], [[...UUID, 0]], [[1, ...UUID.slice(1)]]])(
    'malformed (%j) is not echoed and does not stop the boot',
    (octets) => {
      const offer = offerTo([...rom(7), octetsOf(97, ...octets)]);
      expect(codesOf(offer)).not.toContain(97);
      expect(fileName(offer.message)).toBe('ipxe.efi');
    },
  );
});

describe('PXE-004 to PXE-008: the architecture', () => {
  it.each([
    ['7', [archs(7), pxeClass(7)], 'ipxe.efi'],
    ['7 before 16', [archs(7, 16), pxeClass(7)], 'ipxe.efi'],
    ['16 before 7, of a PXE client', [archs(16, 7), pxeClass(16)], 'ipxe.efi'],
    ['an unknown one before 7', [archs(0xfe, 7), pxeClass(7)], 'ipxe.efi'],
    ['none, of length 0', [octetsOf(93), pxeClass(7)], 'ipxe.efi'],
    ['an odd length of 1', [octetsOf(93, 0), pxeClass(7)], 'ipxe.efi'],
    ['an odd length of 3', [octetsOf(93, 0, 0, 7), pxeClass(7)], 'ipxe.efi'],
    ['none, but one in 60 (PXE-007)', [pxeClass(7)], 'ipxe.efi'],
    ['0 against 7 in 60 (PXE-007): option 93 counts', [archs(0), pxeClass(7)], 'undionly.kpxe'],
    ['an unknown one (PXE-008)', [archs(0xfe), pxeClass(0xfe)], ''],
  ])('%s', (_, options, file) => {
    for (const reply of bothTo(options)) {
      expect(fileName(reply.message)).toBe(file);
      if (file === '') {
        expect(reply.message.siaddr).toBe('0.0.0.0');
        expect(codesOf(reply)).not.toContain(OPTION.bootFileName);
      }
    }
  });

  it('each of IANA has a file of its own where it is configured (PXE-006, PXE-005)', () => {
    const codes = Array.from({ length: 42 }, (_, code) => code);
    const isHttp = (code: number) =>
      [15, 16, 17, 18, 19, 20, 23, 24, 26, 28, 30, 38, 40].includes(code)
        ? `http://h/${code}`
        : `file-${code}`;
    const files = new Map(codes.map((code) => [code, isHttp(code)]));
    for (const code of codes) {
      const options = isHttp(code).startsWith('http') ? httpClient(code) : rom(code);
      const offer = offerTo(options, { files });
      expect(fileName(offer.message)).toBe(isHttp(code));
      // PXE 2.1 Table 2-3 has neither 93 nor 94 in replies: reported by PXE-005, not demanded.
      expect(codesOf(offer)).not.toContain(93);
    }
  });

  it.each([
    [7, 9],
    [9, 7],
  ])(
    'an entry for %i serves %i too, which has none (opnsense/core#2223, barclamp-provisioner#180)',
    (has, asks) => {
      expect(fileName(offerTo(rom(asks), { files: new Map([[has, 'x64.efi']]) }).message)).toBe('x64.efi');
      const both = new Map([
        [has, 'x64.efi'],
        [asks, 'own.efi'],
      ]);
      expect(fileName(offerTo(rom(asks), { files: both }).message)).toBe('own.efi');
    },
  );

  it('of a Raspberry Pi is x86 BIOS by its word, and is not believed (raspberrypi/firmware#1928)', () => {
    const pi = mac('dc:a6:32:01:02:03');
    const to = (boot: Partial<BootConfig>, options = rom(0)) =>
      benchWith(boot).discover({ chaddr: pi, options });
    expect(fileName(to({})?.message as never)).toBe('');
    const told = to({ raspberryPi: 'bootcode.bin' }) as Received;
    expect(fileName(told.message)).toBe('bootcode.bin');
    // 43.9 and 43.10 as tinkerbell's smee sends them, tried with a Pi 4 by its authors.
    expect(Buffer.from(bytesOf(told, 43) ?? []).toString('hex')).toBe(
      `060108${'0914000011'}${Buffer.from('Raspberry Pi Boot').toString('hex')}${'0a0400505845'}ff`,
    );
    expect(textIn(told, 60)).toBe('PXEClient');
    // UEFI on the same machine says what it is.
    const files = new Map([[11, 'arm64.efi']]);
    expect(fileName(to({ files }, rom(11))?.message as never)).toBe('arm64.efi');
  });
});

describe('PXE-009 to PXE-013: where the names of file and server stand', () => {
  it('siaddr is the next server, and 54 this one (PXE-009)', () => {
    for (const reply of bothTo(rom(0), { nextServer: ipv4('10.188.0.40') })) {
      expect(reply.message.siaddr).toBe('10.188.0.40');
      expect(bytesOf(reply, 54)).toEqual([10, 188, 0, 10]);
    }
  });

  it.each([1, 126, 127])('a name of %i octets ends in NULs inside its field (PXE-010)', (length) => {
    const offer = offerTo(rom(0), { files: new Map([[0, 'x'.repeat(length)]]) });
    expect(latin1(offer.message.file.subarray(0, length))).toBe('x'.repeat(length));
    expect([...offer.message.file.subarray(length)].every((octet) => octet === 0)).toBe(true);
    expect(latin1(offer.message.sname).replace(/\0+$/, '')).toBe('10.188.0.10');
  });

  it.each([128, 200, 255])(
    'a URL of %i octets is whole in 67, and no part of it in file (PXE-011)',
    (length) => {
      const url = `http://pxe.example.com/${'x'.repeat(length - 23)}`;
      for (const options of [ipxe(), [...ipxe(), list(1, 3)]]) {
        const offer = offerTo(options, { ipxe: url });
        expect(textIn(offer, 67)).toBe(url);
        expect(offer.message.file.every((octet) => octet === 0)).toBe(true);
      }
    },
  );

  it('both places say the same, of the server too (PXE-012)', () => {
    const named = offerTo(rom(0), { nextServerName: 'tftp.example.com' });
    for (const [offer, server] of [
      [offerTo(rom(0)), '10.188.0.10'],
      [named, 'tftp.example.com'],
    ] as const) {
      expect(textIn(offer, 67)).toBe(fileName(offer.message));
      expect(textIn(offer, 66)).toBe(server);
      expect(latin1(offer.message.sname).replace(/\0+$/, '')).toBe(server);
      expect(offer.message.siaddr).toBe('10.188.0.10');
    }
  });

  it('each place is left away where that is configured', () => {
    const noServer = offerTo(rom(0), { inServerField: false, inOption66: false });
    expect(noServer.message.sname.every((octet) => octet === 0)).toBe(true);
    expect(codesOf(noServer)).not.toContain(66);
    expect(codesOf(offerTo(rom(0), { inOption67: false }))).not.toContain(67);
    const only67 = offerTo(rom(0), { inFileField: false });
    expect([fileName(only67.message), textIn(only67, 67)]).toEqual(['', 'undionly.kpxe']);
  });

  it.each([
    ['a ROM', rom(7)],
    ['iPXE', ipxe()],
    ['UEFI HTTP boot', httpClient()],
  ])('OFFER and ACK say the same to %s (PXE-013)', (_, options) => {
    const [offer, ack] = bothTo(options, { pxeOffer: 'skip-discovery' });
    expect(ack.message.siaddr).toBe(offer.message.siaddr);
    expect(fileName(ack.message)).toBe(fileName(offer.message));
    for (const code of [17, 43, 60, 66, 67, 175]) expect(bytesOf(ack, code)).toEqual(bytesOf(offer, code));
  });
});

describe('PXE-014, PXE-015: option 43', () => {
  it('is 43.6 = 8 and END where the file is to be taken at once, and there is one', () => {
    const offer = offerTo(rom(0), { pxeOffer: 'skip-discovery' });
    expect(bytesOf(offer, 43)).toEqual([6, 1, 8, 255]);
    expect(fileName(offer.message)).not.toBe('');
    expect(codesOf(offerTo(rom(0xfe), { pxeOffer: 'skip-discovery' }))).not.toContain(43);
  });

  it('is a menu of what there is for the architecture, ended by END', () => {
    const offer = offerTo(rom(0), { pxeOffer: 'menu', menu });
    expect(vendorItems(offer)).toEqual({
      items: [
        // No broadcast, no multicast (so that no 43.7 is needed), only the servers of the list; bit 3 clear.
        { kind: 'discovery-control', bits: 7 },
        {
          kind: 'boot-servers',
          servers: [
            { type: 0x8001, addresses: [SERVER] },
            { type: 0x8002, addresses: [SERVER] },
            { type: 15, addresses: ['10.188.0.77'] },
          ],
        },
        {
          kind: 'boot-menu',
          entries: [
            { type: 0, description: 'Local disk' },
            { type: 0x8001, description: 'iPXE' },
            { type: 0x8002, description: 'Memory test' },
            { type: 15, description: 'WDS' },
          ],
        },
        { kind: 'menu-prompt', timeout: 5, prompt: 'Press F8' },
      ],
      end: Uint8Array.of(255),
    });
    const uefi = vendorItems(offerTo(rom(9), { pxeOffer: 'menu', menu }));
    expect(uefi?.items).toContainEqual({
      kind: 'boot-menu',
      entries: [
        { type: 0, description: 'Local disk' },
        { type: 0x8001, description: 'iPXE' },
        { type: 15, description: 'WDS' },
      ],
    });
  });

  it('is no menu where there is nothing to choose: only the local disk, or a file of the client itself', () => {
    const [disk, ipxeItem] = menu.items;
    if (disk === undefined || ipxeItem === undefined) throw new Error('wanted two items');
    const forOthers = { ...menu, items: [disk, { ...ipxeItem, files: new Map([[11, 'arm64.efi']]) }] };
    expect(bytesOf(offerTo(rom(0), { pxeOffer: 'menu', menu: forOthers }), 43)).toEqual([6, 1, 8, 255]);
    const own = offerTo(rom(0), { pxeOffer: 'menu', menu, anyArchitecture: 'own.0' });
    expect(bytesOf(own, 43)).toEqual([6, 1, 8, 255]);
    expect(fileName(own.message)).toBe('own.0');
  });

  it('is not sent to iPXE, which would take a menu for its boot file (ipxe/ipxe#908)', () => {
    const offer = offerTo(ipxe(), { pxeOffer: 'menu', menu });
    expect(codesOf(offer)).not.toContain(43);
    expect(codesOf(offer)).not.toContain(60);
    // 175.1: what is said here stands above the boot server's answer that it was started by.
    expect(bytesOf(offer, 175)).toEqual([1, 1, 1, 176, 1, 1]);
  });
});

describe('PXE-016: option 60 sends nobody to a port 4011 that is not served', () => {
  it('stands alone only in a boot-server offer, without a file, and with this server in siaddr', () => {
    const offer = offerTo(rom(7), { pxeOffer: 'boot-server', nextServer: ipv4('10.188.0.40') });
    expect(textIn(offer, 60)).toBe('PXEClient');
    expect(codesOf(offer)).not.toContain(43);
    expect(fileName(offer.message)).toBe('');
    expect(codesOf(offer)).not.toContain(67);
    expect(offer.message.siaddr).toBe(SERVER);
    expect(codesOf(offerTo(rom(7), { pxeOffer: 'plain' }))).not.toContain(60);
  });
});

describe('PXE-022: one machine, one address', () => {
  it('without option 61, with 00 + UUID, with 01 + MAC and with a DUID', () => {
    const bench = benchWith();
    const ids: OptionToSend[][] = [
      [],
      [octetsOf(61, ...UUID)],
      [octetsOf(61, 1, 0x00, 0x12, 0x34, 0x56, 0x78, 0x90)],
      [octetsOf(61, 255, 1, 2, 3, 4, 0, 1, 0, 1, 9, 9, 9, 9)],
    ];
    const given = ids.map((id, at) => bench.dora({ xid: at + 1, options: [...rom(0), ...id] }));
    expect(new Set(given).size).toBe(1);
  });
});

describe('PXE-024, PXE-025: UEFI HTTP boot', () => {
  const files = new Map([
    [7, 'ipxe.efi'],
    [16, 'http://pxe.example.com/ipxe.efi'],
  ]);

  it('gets HTTPClient, a URL and, unasked, the name server that its host needs', () => {
    for (const reply of bothTo([...httpClient(), list(1)], { files })) {
      expect(textIn(reply, 60)).toBe('HTTPClient');
      expect(fileName(reply.message)).toBe('http://pxe.example.com/ipxe.efi');
      expect(bytesOf(reply, 6)).toEqual([10, 188, 0, 20]);
    }
    const byAddress = new Map([[16, 'http://10.188.0.10:8080/ipxe.efi']]);
    expect(
      codesOf(offerTo([archs(16), textOf(60, 'HTTPClient'), list(1)], { files: byAddress })),
    ).not.toContain(6);
  });

  it('gets no HTTPClient without a URL: EDK2 drops such an offer, and with it the address', () => {
    expect(codesOf(offerTo(httpClient(19), { files }))).not.toContain(60);
  });

  it('is never told a TFTP name, nor a ROM a URL', () => {
    const wrongWayRound = new Map([
      [16, 'ipxe.efi'],
      [7, 'http://pxe.example.com/ipxe.efi'],
    ]);
    expect(fileName(offerTo(httpClient(), { files: wrongWayRound }).message)).toBe('');
    expect(fileName(offerTo(rom(7), { files: wrongWayRound }).message)).toBe('');
    expect(fileName(offerTo(httpClient(), { files, withoutArchitecture: 'a.0' }).message)).not.toBe('a.0');
    expect(fileName(offerTo([textOf(60, 'HTTPClient')], { withoutArchitecture: 'a.0' }).message)).toBe('');
  });
});
