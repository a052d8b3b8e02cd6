import { describe, expect, it } from 'vitest';
import { ipv4, mac } from '../../wire/address.ts';
import { latin1 } from '../../wire/bytes.ts';
import type { OptionToSend } from '../../wire/dhcp/build-message.ts';
import { fileName, optionData } from '../../wire/dhcp/message.ts';
import { parsePxeVendorOptions } from '../../wire/dhcp/opt-pxe-vendor.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { BootConfig, PxeMenu } from './boot-config.ts';
import {
  bootConfig,
  bytesOf,
  type ClientFields,
  codesOf,
  dhcpBench,
  dhcpConfig,
  ipxe,
  noOptions,
  octetsOf,
  type Received,
  rom,
  SERVER,
  subnet,
  textOf,
} from './testing/dhcp-bench.ts';

const SCRIPT = 'http://pxe.example.com/boot1.txt';
const UUID = [0, ...Array.from({ length: 16 }, (_, i) => 0xa0 + i)];
const list = (...codes: number[]) => octetsOf(OPTION.parameterRequestList, ...codes);
const archs = (...codes: number[]) =>
  octetsOf(OPTION.clientArchitecture, ...codes.flatMap((code) => [code >> 8, code & 255]));
const pxeClass = (arch: number) =>
  textOf(OPTION.vendorClass, `PXEClient:Arch:${String(arch).padStart(5, '0')}:UNDI:003016`);
const httpClient = (arch = 16): OptionToSend[] => [
  archs(arch),
  textOf(OPTION.vendorClass, `HTTPClient:Arch:${String(arch).padStart(5, '0')}:UNDI:003001`),
  list(1, 3, 6, 60, 67),
];

const menu: PxeMenu = {
  prompt: 'Press F8',
  timeout: 5,
  items: [
    { type: 0, text: 'Local disk', server: undefined, files: new Map(), nextServer: undefined },
    {
      type: 0x8001,
      text: 'iPXE',
      server: undefined,
      files: new Map([
        [0, 'undionly.kpxe'],
        [7, 'ipxe.efi'],
      ]),
      nextServer: undefined,
    },
    {
      type: 0x8002,
      text: 'Memory test',
      server: undefined,
      files: new Map([[0, 'memtest.0']]),
      nextServer: undefined,
    },
    { type: 15, text: 'WDS', server: ipv4('10.188.0.77'), files: new Map(), nextServer: undefined },
  ],
};

const benchWith = (boot: Partial<BootConfig> = {}) =>
  dhcpBench({ ...dhcpConfig, boot: { ...bootConfig, ...boot } });
function offerTo(options: ClientFields['options'], boot: Partial<BootConfig> = {}): Received {
  const offer = benchWith(boot).discover({ options: options ?? [] });
  if (offer === undefined) throw new Error('wanted an offer');
  return offer;
}
/** OFFER and ACK of one exchange. */
function bothTo(options: OptionToSend[], boot: Partial<BootConfig> = {}): readonly [Received, Received] {
  const bench = benchWith(boot);
  const offer = bench.discover({ options });
  const ack = offer && bench.select(offer.message.yiaddr, { options });
  if (offer === undefined || ack === undefined) throw new Error('wanted an offer and an ack');
  return [offer, ack];
}
const textIn = (reply: Received, code: number): string | undefined => {
  const data = optionData(reply.message, code);
  return data === undefined ? undefined : latin1(data);
};
const vendorItems = (reply: Received) => {
  const data = optionData(reply.message, OPTION.vendorSpecific);
  const read = data === undefined ? undefined : parsePxeVendorOptions(data);
  if (read !== undefined && !read.ok) throw read.error;
  return read?.value;
};

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

describe('PXE-017 to PXE-021: iPXE', () => {
  const NUL = '\0';
  it.each([
    ['raw (PXE-017)', [...rom(0), textOf(77, 'iPXE')]],
    ['raw, NUL at its end', [...rom(0), textOf(77, `iPXE${NUL}`)]],
    ['split in two options', [...rom(0), textOf(77, 'iP'), textOf(77, 'XE')]],
    ['as RFC 3004 has it (PXE-018)', [...rom(0), octetsOf(77, 4, 105, 80, 88, 69)]],
    ['last of a list', [...rom(0), octetsOf(77, 3, 102, 111, 111, 4, 105, 80, 88, 69)]],
    ['first of a list', [...rom(0), octetsOf(77, 4, 105, 80, 88, 69, 3, 102, 111, 111)]],
    [
      'by option 175 alone (PXE-019)',
      [
        ...rom(0),
        textOf(77, 'ThinClient'),
        octetsOf(175, 177, 5, 1, 2, 3, 4, 5, 235, 3, 1, 0, 0, 17, 1, 1, 19, 1, 1),
      ],
    ],
    [
      'FlexBoot, which has no user class (warewulf3#104)',
      [...rom(0), octetsOf(175, 19, 1, 1, 235, 3, 3, 4, 8)],
    ],
  ])('%s', (_, options) => {
    for (const reply of bothTo(options)) expect(fileName(reply.message)).toBe(SCRIPT);
  });

  it.each([
    ['an inconsistent list', octetsOf(77, 9, 105, 80, 88, 69)],
    ['another class', textOf(77, 'iPXEs')],
    ['nothing but option 60, which iPXE sends too (ipxe#1527)', textOf(12, 'host')],
  ])('%s is no iPXE', (_, option) => {
    expect(fileName(offerTo([...rom(0), option]).message)).toBe('undionly.kpxe');
  });

  it('alone is sent 175, with sub-options of the right lengths (PXE-020)', () => {
    for (const options of [rom(0), [...rom(0), list(1, 175)], httpClient()]) {
      expect(codesOf(offerTo(options, { keepSan: true }))).not.toContain(175);
    }
    expect(bytesOf(offerTo(ipxe()), 175)).toEqual([176, 1, 1]);
  });

  it('gets something else than the ROM before it, at the same address (PXE-021)', () => {
    const bench = benchWith();
    const first = bench.discover({ xid: 1, options: rom(0) });
    bench.select(first?.message.yiaddr ?? SERVER, { xid: 1, options: rom(0) });
    const second = bench.discover({ xid: 2, options: ipxe() });
    expect(fileName(first?.message as never)).toBe('undionly.kpxe');
    expect(fileName(second?.message as never)).toBe(SCRIPT);
    expect(second?.message.yiaddr).toBe(first?.message.yiaddr);
  });
});

describe('an iPXE that cannot do what its script needs (warewulf3#195, cobbler#360)', () => {
  /** VirtualBox's: no HTTP. */
  const limited = [...rom(0), textOf(77, 'iPXE'), octetsOf(175, 16, 1, 2, 33, 1, 1, 21, 1, 1, 39, 1, 1)];

  it('is sent a whole one, as firmware is', () => {
    const { reply, events } = benchWith().send('discover', { options: limited });
    expect(fileName(reply?.message as never)).toBe('undionly.kpxe');
    expect(events).toMatchObject([
      { because: expect.stringContaining('iPXE by user-class-raw, but without http; architecture 0') },
    ]);
  });

  it.each([
    ['script', SCRIPT],
    ['nothing', ''],
  ] as const)('gets by choice %s', (limitedIpxe, file) => {
    expect(fileName(offerTo(limited, { limitedIpxe }).message)).toBe(file);
  });

  it.each<[string, Partial<BootConfig>, string]>([
    ['a script by TFTP is all right', { ipxe: 'boot.ipxe' }, 'boot.ipxe'],
    ['a feature asked for besides is missed', { ipxe: 'boot.ipxe', ipxeNeeds: ['bzimage'] }, 'undionly.kpxe'],
    ['one that it has is not', { ipxe: 'boot.ipxe', ipxeNeeds: ['menu'] }, 'boot.ipxe'],
    ['https is another feature than http', { ipxe: 'https://h/x' }, 'undionly.kpxe'],
  ])('%s', (_, boot, file) => {
    expect(fileName(offerTo(limited, boot).message)).toBe(file);
  });

  it('that lists no features is taken for a whole one', () => {
    const unknown = [...rom(0), textOf(77, 'iPXE'), octetsOf(175, 177, 5, 1, 2, 3, 4, 5)];
    expect(fileName(offerTo(unknown).message)).toBe(SCRIPT);
  });

  it('cannot loop: what comes back unchanged gets nothing, until a minute has passed', () => {
    const bench = benchWith();
    const round = (xid: number, options: OptionToSend[] = limited) => {
      const offer = bench.discover({ xid, options });
      const { reply, events } = bench.send('request', {
        xid,
        options: [octetsOf(54, 10, 188, 0, 10), octetsOf(50, 10, 188, 0, 60), ...options],
      });
      const loops = events.filter(({ stage }) => stage === 'boot-loop');
      return [fileName(offer?.message as never), fileName(reply?.message as never), loops] as const;
    };
    expect(round(1)).toEqual(['undionly.kpxe', 'undionly.kpxe', []]);
    // Its own repeated DISCOVER is no new round.
    expect(round(1)).toEqual(['undionly.kpxe', 'undionly.kpxe', []]);
    bench.wait(5_000);
    expect(round(2)).toMatchObject([
      '',
      '',
      [{ file: 'undionly.kpxe', because: expect.stringContaining('it was sent another iPXE already') }],
    ]);
    bench.wait(50_000);
    expect(round(3).slice(0, 2)).toEqual(['', '']);
    bench.wait(60_000);
    expect(round(4).slice(0, 2)).toEqual(['undionly.kpxe', 'undionly.kpxe']);
    // The whole iPXE came: the next start of the machine begins anew.
    bench.wait(5_000);
    expect(round(5, ipxe()).slice(0, 2)).toEqual([SCRIPT, SCRIPT]);
    bench.wait(5_000);
    expect(round(6).slice(0, 2)).toEqual(['undionly.kpxe', 'undionly.kpxe']);
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

describe('ISCSI-001 to ISCSI-003: a disk over the network', () => {
  const rootPath = 'iscsi:san.example.com:6:3260:0:iqn.2007-08.com.example.san:disk:1';

  it('is told to iPXE whole, without a boot file in the run state', () => {
    const noList = ipxe().filter(({ code }) => code !== OPTION.parameterRequestList);
    for (const options of [ipxe(), [...noList, list(1)]]) {
      const offer = offerTo(options, { rootPath, ipxe: undefined });
      expect(textIn(offer, 17)).toBe(rootPath);
      expect(fileName(offer.message)).toBe('');
    }
    const fields = rootPath.split(':');
    expect([fields[0], fields[1], fields.slice(5).join(':')]).toEqual([
      'iscsi',
      'san.example.com',
      'iqn.2007-08.com.example.san:disk:1',
    ]);
  });

  it('stays attached and is not booted in the install state, which is one of one client', () => {
    const install: BootConfig = {
      ...bootConfig,
      rootPath,
      keepSan: true,
      skipSanBoot: true,
      noProxyDhcp: false,
    };
    const own = mac('00:00:00:00:00:99');
    const config = {
      ...dhcpConfig,
      subnets: [
        {
          ...subnet,
          reservations: new Map([
            [own, { address: ipv4('10.188.0.99'), hostName: 'n', options: noOptions, boot: install }],
          ]),
        },
      ],
    };
    const offer = dhcpBench(config).discover({ chaddr: own, options: ipxe() }) as Received;
    expect(bytesOf(offer, 175)).toEqual([8, 1, 1, 9, 1, 1]);
    expect(fileName(offer.message)).toBe(SCRIPT);
    expect(textIn(offer, 17)).toBe(rootPath);
    // Others are not told.
    const other = dhcpBench(config).discover({ options: ipxe() }) as Received;
    expect(codesOf(other)).not.toContain(17);
    expect(bytesOf(other, 175)).toEqual([176, 1, 1]);
  });
});

describe('a client with a boot of its own', () => {
  const own = mac('00:00:00:00:00:99');
  const config = (boot: Partial<BootConfig>) => ({
    ...dhcpConfig,
    subnets: [
      {
        ...subnet,
        reservations: new Map([
          [own, { address: ipv4('10.188.0.99'), hostName: undefined, options: noOptions, boot }],
        ]),
      },
    ],
  });

  it('is told its own file, server and script', () => {
    const bench = dhcpBench(
      config({ anyArchitecture: 'own.0', nextServer: ipv4('10.188.0.40'), ipxe: 'http://h/own.ipxe' }),
    );
    const firmware = bench.discover({ chaddr: own, options: rom(0xfe) });
    expect(fileName(firmware?.message as never)).toBe('own.0');
    expect(firmware?.message.siaddr).toBe('10.188.0.40');
    expect(fileName(bench.discover({ chaddr: own, options: ipxe() })?.message as never)).toBe(
      'http://h/own.ipxe',
    );
    expect(fileName(bench.discover({ options: rom(0) })?.message as never)).toBe('undionly.kpxe');
  });
});
