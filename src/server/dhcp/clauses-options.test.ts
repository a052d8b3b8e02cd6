/** The rows DHCP-031 to DHCP-041 of the clause catalogue, and those of PXE that are about options in general. */
import { describe, expect, it } from 'vitest';
import { ipv4 } from '../../wire/address.ts';
import { type DhcpMessage, fileName, OFFSET, OPTION_END, optionInstances } from '../../wire/dhcp/message.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { ConfiguredOptions, DhcpConfig } from './dhcp-config.ts';
import {
  asking,
  bootConfig,
  bytesOf,
  codesOf,
  dhcpBench,
  dhcpConfig,
  ipxe,
  octetsOf,
  type Received,
  rom,
  subnetAt,
  textOf,
} from './testing/dhcp-bench.ts';

const withOptions = (
  values: Readonly<Record<number, Uint8Array>>,
  changes: Partial<DhcpConfig> = {},
  always: readonly number[] = [],
) => {
  const options: ConfiguredOptions = {
    values: new Map(Object.entries(values).map(([code, data]) => [Number(code), data])),
    always: new Set(always),
  };
  return dhcpBench({ ...dhcpConfig, ...changes, subnets: [subnetAt('10.188.0', { options })] });
};
const octets = (length: number) => Uint8Array.from({ length }, (_, n) => n & 255);
const got = (reply: Received | undefined): Received => {
  if (reply === undefined) throw new Error('wanted a reply');
  return reply;
};

describe('DHCP-031', () => {
  const list = [1, 3, 6, 15, 66, 67, 43, 128, 129, 130, 131, 132, 133, 134, 135, 250];

  it.each([
    ['as asked', list],
    ['reversed', list.toReversed()],
  ])('returns what is configured once each, in the order of 55: %s', (_, codes) => {
    const offer = dhcpBench().discover({ options: [...rom(0).slice(0, 2), asking(...codes)] });
    const configured = new Set([1, 3, 6, 15, 66, 67]);
    const wanted = codes.filter((code) => configured.has(code));
    // DHCP-032 goes before: the mask is not after the router.
    if (wanted.indexOf(3) < wanted.indexOf(1)) wanted.splice(wanted.indexOf(3), 2, 1, 3);
    expect(codesOf(offer).slice(3)).toEqual(wanted);
  });

  it('returns one that is listed twice once', () => {
    expect(codesOf(dhcpBench().discover({ options: [asking(6, 1, 6, 6)] })).slice(3)).toEqual([6, 1]);
  });
});

describe('DHCP-032', () => {
  it.each([[[3, 1]], [[121, 3, 33, 1]], [[3, 250, 6, 1]]])(
    'puts the mask before the router for 55 = %s',
    (codes) => {
      const bench = dhcpBench();
      const offer = got(bench.discover({ options: [asking(...codes)] }));
      for (const reply of [offer, bench.select(offer.message.yiaddr, { options: [asking(...codes)] })]) {
        expect(codesOf(reply).indexOf(1)).toBeGreaterThan(0);
        expect(codesOf(reply).indexOf(1)).toBeLessThan(codesOf(reply).indexOf(3));
      }
    },
  );
});

describe('DHCP-033', () => {
  it('begins with the cookie, and ends with END and zeros', () => {
    const bench = dhcpBench();
    const offer = got(bench.discover({ options: rom(0) }));
    for (const { bytes, message } of [offer, got(bench.select(offer.message.yiaddr))]) {
      expect([...bytes.subarray(OFFSET.vend, OFFSET.options)]).toEqual([99, 130, 83, 99]);
      const last = message.options.at(-1);
      const end = bytes.indexOf(OPTION_END, (last?.offset ?? 0) + 2 + (last?.data.length ?? 0));
      expect(end).toBeGreaterThan(0);
      expect(bytes.subarray(end + 1).every((octet) => octet === 0)).toBe(true);
    }
  });
});

describe('DHCP-034', () => {
  it('is 300 octets long at least, a NAK too', () => {
    const bench = dhcpBench();
    expect(bench.discover({ options: [asking(1)] })?.bytes).toHaveLength(300);
    expect(bench.select(ipv4('192.0.2.77'))?.bytes.length).toBe(300);
  });
});

/** Five options of 90 octets each: more than 300, the least a client takes, by far. */
const MUCH = { 40: octets(90), 41: octets(88), 100: octets(90), 101: octets(90), 114: octets(90) };
const ASKING_MUCH = asking(1, 3, 6, 15, 40, 41, 100, 101, 114);
const size = (n: number) => octetsOf(57, n >> 8, n & 255);

describe('DHCP-035', () => {
  it.each([
    [undefined, 576],
    [576, 576],
    [300, 576],
    [700, 700],
    [1472, 1472],
    [65280, 1500],
  ])('fits with 57 = %s into a datagram of %i octets', (asked, most) => {
    for (const [kind, options] of [
      ['plain', []],
      ['firmware', rom(0).slice(0, 2)],
      ['iPXE', ipxe().filter(({ code }) => code !== OPTION.parameterRequestList)],
    ] as const) {
      const maximum = asked === undefined ? [] : [size(asked)];
      const offer = got(withOptions(MUCH).discover({ options: [...options, ASKING_MUCH, ...maximum] }));
      expect(offer.bytes.length + 28, kind).toBeLessThanOrEqual(most);
      expect(offer.message.optionsError).toBeUndefined();
      // What a client needs is never what is left out.
      expect(codesOf(offer)).toEqual(expect.arrayContaining([1, 3, 6]));
      if (most >= 1000) expect(codesOf(offer)).toEqual(expect.arrayContaining([40, 41, 100, 101, 114]));
      if (kind === 'iPXE') expect(fileName(offer.message)).toBe('http://pxe.example.com/boot1.txt');
    }
  });
});

describe('DHCP-036', () => {
  /** The octets behind END of an overloaded field. */
  const isWhole = (message: DhcpMessage, area: 'file' | 'sname'): boolean => {
    const field = message[area];
    const base = area === 'file' ? OFFSET.file : OFFSET.sname;
    const last = message.options.filter((option) => option.area === area).at(-1);
    const end = last === undefined ? -1 : last.offset - base + 2 + last.data.length;
    return field[end] === OPTION_END && field.subarray(end + 1).every((octet) => octet === 0);
  };

  it('puts whole options into file and sname, with END, where one asked for would be lost', () => {
    const values = { ...MUCH, 101: octets(55), 114: octets(40) };
    const offer = got(withOptions(values).discover({ options: [ASKING_MUCH, size(576)] }));
    const { message } = offer;
    expect(bytesOf(offer, OPTION.overload)).toEqual([3]);
    expect(message.options.find(({ code }) => code === OPTION.overload)?.area).toBe('options');
    expect(isWhole(message, 'file') && isWhole(message, 'sname')).toBe(true);
    expect(new Set(codesOf(offer))).toEqual(new Set([53, 54, 51, 52, 1, 3, 6, 15, 40, 41, 100, 101, 114]));
    for (const option of message.options) {
      const wanted = (values as Readonly<Record<number, Uint8Array>>)[option.code];
      if (wanted !== undefined) expect([...option.data]).toEqual([...wanted]);
    }
    expect(fileName(message)).toBe('');
  });

  it('has the mask before the router over all fields', () => {
    // So large a tail that mask and router are what finds no room in the options field.
    const id = octetsOf(61, ...octets(255));
    const relay = octetsOf(82, 1, 24, ...octets(24));
    const offer = got(
      dhcpBench().discover({ giaddr: ipv4('10.188.0.1'), options: [asking(3, 1, 6), id, relay] }),
    );
    expect(codesOf(offer)).toContain(OPTION.overload);
    expect(codesOf(offer).indexOf(1)).toBeLessThan(codesOf(offer).indexOf(3));
  });

  it('leaves a boot file in its field', () => {
    const bench = withOptions(MUCH, { boot: { ...bootConfig, withoutArchitecture: 'netboot.img' } });
    const offer = got(bench.discover({ options: [ASKING_MUCH, size(576)] }));
    expect(fileName(offer.message)).toBe('netboot.img');
    expect([undefined, 2]).toContain(bytesOf(offer, OPTION.overload)?.[0]);
  });

  it('does nothing of it where it is off, or helps nothing', () => {
    const never = withOptions(MUCH, { overload: 'never' });
    expect(codesOf(never.discover({ options: [ASKING_MUCH] }))).not.toContain(OPTION.overload);
    const large = withOptions({ 40: octets(250), 100: octets(250) });
    expect(codesOf(large.discover({ options: [asking(1, 40, 100)] }))).toEqual([53, 54, 51, 1, 40]);
  });
});

describe('PXE-023', () => {
  it.each([
    ['a PXE ROM', rom(0).slice(0, 2), 'undionly.kpxe'],
    ['iPXE', ipxe().filter(({ code }) => code !== 55), 'http://pxe.example.com/boot1.txt'],
    [
      'an HTTP client',
      [octetsOf(93, 0, 16), textOf(60, 'HTTPClient:Arch:00016:UNDI:003001')],
      'http://pxe.example.com/ipxe.efi',
    ],
  ])('keeps the boot data of %s where they belong, and leaves out options instead', (_, options, file) => {
    const offer = got(withOptions(MUCH).discover({ options: [...options, ASKING_MUCH, size(576)] }));
    expect(codesOf(offer)).not.toContain(OPTION.overload);
    expect(fileName(offer.message)).toBe(file);
  });
});

describe('DHCP-037', () => {
  it('reads options in file and sname of a request that says so', () => {
    const offer = dhcpBench().discover({
      options: [
        octetsOf(OPTION.overload, 3),
        { ...textOf(60, 'PXEClient:Arch:00007:UNDI:003016'), area: 'file' },
        { ...octetsOf(93, 0, 7), area: 'file' },
        { ...octetsOf(61, 1, 2, 3), area: 'sname' },
        // RFC 3396 §5: joined in the order options, file, sname.
        octetsOf(55, 1, 67),
        { ...octetsOf(55, 3), area: 'file' },
      ],
    });
    expect(fileName(got(offer).message)).toBe('ipxe.efi');
    expect(bytesOf(offer, 61)).toEqual([1, 2, 3]);
    expect(codesOf(offer).slice(3)).toEqual([1, 67, 3, 61]);
  });
});

describe('DHCP-038', () => {
  it('answers a request with split options as the one with whole ones', () => {
    const split = (code: number, at: number, ...all: number[]) => [
      octetsOf(code, ...all.slice(0, at)),
      octetsOf(code, ...all.slice(at)),
    ];
    const parts = [
      ...split(61, 3, 1, 0, 0x12, 0x34, 0x56, 0x78, 0x90),
      ...split(55, 2, 1, 3, 6, 15, 67),
      ...split(77, 2, ...Buffer.from('iPXE')),
      ...split(60, 6, ...Buffer.from('PXEClient:Arch:00000:UNDI:002001')),
    ];
    const whole = [
      octetsOf(61, 1, 0, 0x12, 0x34, 0x56, 0x78, 0x90),
      octetsOf(55, 1, 3, 6, 15, 67),
      textOf(77, 'iPXE'),
      textOf(60, 'PXEClient:Arch:00000:UNDI:002001'),
    ];
    const answer = dhcpBench().discover({ options: parts });
    expect(answer?.bytes).toEqual(dhcpBench().discover({ options: whole })?.bytes);
    expect(fileName(got(answer).message)).toBe('http://pxe.example.com/boot1.txt');
  });
});

describe('DHCP-039', () => {
  const long = withOptions({ 121: octets(300), 42: octets(8) });

  it('sends an option of 300 octets in parts one after the other, and splits no other', () => {
    const offer = got(long.discover({ options: [asking(1, 121, 42), size(1472)] }));
    const parts = optionInstances(offer.message, 121);
    expect(parts.map(({ data }) => data.length)).toEqual([255, 45]);
    expect(bytesOf(offer, 121)).toEqual([...octets(300)]);
    expect(codesOf(offer)).toEqual([53, 54, 51, 1, 121, 121, 42]);
  });

  it('spares firmware, which joins no parts, the half of it (PXE traps 17)', () => {
    for (const options of [rom(0).slice(0, 2), ipxe().filter(({ code }) => code !== 55)]) {
      expect(codesOf(long.discover({ options: [...options, asking(1, 121, 42), size(1472)] }))).not.toContain(
        121,
      );
    }
  });
});

describe('DHCP-040', () => {
  it('makes nothing of unknown options, vendor and user classes', () => {
    const noise = [60, 43, 77, 125, ...Array.from({ length: 31 }, (_, n) => 224 + n)]
      .filter((code) => code < 255)
      .map((code) =>
        code === 60
          ? textOf(60, 'FooCorp')
          : code === 77
            ? octetsOf(77, 3, 102, 111, 111)
            : octetsOf(code, ...octets((code * 7) % 9)),
      );
    const plain = [asking(1, 3, 6)];
    const offer = dhcpBench().discover({ options: [...plain, ...noise] });
    expect(offer?.bytes).toEqual(dhcpBench().discover({ options: plain })?.bytes);
  });
});

describe('DHCP-041', () => {
  it('reads text with NULs behind it as the same text', () => {
    const options = (nul: string) => [
      textOf(12, `host${nul}`),
      textOf(60, `PXEClient:Arch:00000:UNDI:002001${nul}`),
      textOf(77, `iPXE${nul}`),
      asking(1, 12, 15, 66, 67),
    ];
    const offer = dhcpBench().discover({ options: options('\0') });
    expect(offer?.bytes).toEqual(dhcpBench().discover({ options: options('') })?.bytes);
    for (const code of [12, 15, 66, 67]) expect(bytesOf(offer, code)?.at(-1)).not.toBe(0);
    expect(fileName(got(offer).message)).toBe('http://pxe.example.com/boot1.txt');
  });
});

describe('PXE-026', () => {
  it('sends 209 to 211 whether they are asked for or not', () => {
    const pxelinux = { 209: Buffer.from('configs/common'), 210: Buffer.from('/p/'), 211: octets(4) };
    const bench = withOptions(pxelinux, {}, [209, 210, 211]);
    for (const codes of [
      [1, 3],
      [1, 209, 210, 211],
    ]) {
      const offer = bench.discover({ options: [...rom(0).slice(0, 2), asking(...codes)] });
      expect(bytesOf(offer, 209)).toEqual([...Buffer.from('configs/common')]);
      expect(bytesOf(offer, 210)).toEqual([...Buffer.from('/p/')]);
      expect(bytesOf(offer, 211)).toHaveLength(4);
    }
  });
});

describe("options of the operator's", () => {
  it("are sent if asked for, the client's own before those of its network", () => {
    const reserved = new Map([
      ...dhcpConfig.subnets
        .flatMap(({ reservations }) => [...reservations])
        .map(
          ([mac, reservation]) =>
            [
              mac,
              { ...reservation, options: { values: new Map([[42, octets(4)]]), always: new Set([42]) } },
            ] as const,
        ),
    ]);
    const options: ConfiguredOptions = { values: new Map([[42, octets(8)]]), always: new Set() };
    const bench = dhcpBench({
      ...dhcpConfig,
      subnets: [subnetAt('10.188.0', { options, reservations: reserved })],
    });
    expect(bytesOf(bench.discover({ options: [asking(1, 42)] }), 42)).toEqual([...octets(8)]);
    expect(codesOf(bench.discover({ options: [asking(1)] }))).not.toContain(42);
    const [chaddr] = [...reserved.keys()];
    expect(bytesOf(bench.discover({ ...(chaddr && { chaddr }), options: [asking(1)] }), 42)).toEqual([
      ...octets(4),
    ]);
  });

  it('do not reach firmware where it would read something else in them: 43', () => {
    const bench = withOptions({ 43: octets(6) });
    expect(bytesOf(bench.discover({ options: [textOf(60, 'Telephone'), asking(1, 43)] }), 43)).toEqual([
      ...octets(6),
    ]);
    expect(codesOf(bench.discover({ options: [...rom(0).slice(0, 2), asking(1, 43)] }))).not.toContain(43);
  });
});
