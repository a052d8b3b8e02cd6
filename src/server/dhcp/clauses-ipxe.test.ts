import { describe, expect, it } from 'vitest';
import { ipv4, mac } from '../../wire/address.ts';
import type { OptionToSend } from '../../wire/dhcp/build-message.ts';
import { fileName } from '../../wire/dhcp/message.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { BootConfig } from './boot-config.ts';
import { benchWith, bothTo, httpClient, list, offerTo, SCRIPT, textIn } from './testing/boot-bench.ts';
import {
  bootConfig,
  bytesOf,
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
