import { describe, expect, it } from 'vitest';
import { ipv4 } from '../../wire/address.ts';
import { latin1 } from '../../wire/bytes.ts';
import { fileName, optionData } from '../../wire/dhcp/message.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { BootConfig } from './boot-config.ts';
import {
  bootConfig,
  bytesOf,
  type ClientFields,
  codesOf,
  dhcpBench,
  dhcpConfig,
  ipxe,
  octetsOf,
  type Received,
  rom,
  subnet,
  textOf,
} from './testing/dhcp-bench.ts';

const benchWith = (boot: Partial<BootConfig>) =>
  dhcpBench({ ...dhcpConfig, boot: { ...bootConfig, ...boot } });
const offerTo = (options: ClientFields['options'], boot: Partial<BootConfig> = {}): Received => {
  const offer = benchWith(boot).discover({ options: options ?? [] });
  if (offer === undefined) throw new Error('wanted an offer');
  return offer;
};
const textIn = (reply: Received, code: number): string | undefined => {
  const data = optionData(reply.message, code);
  return data === undefined ? undefined : latin1(data);
};
const list = (...codes: number[]) => octetsOf(OPTION.parameterRequestList, ...codes);

describe('who is told to boot what', () => {
  it.each([
    ['BIOS', rom(0), 'undionly.kpxe'],
    ['x64 UEFI', rom(7), 'ipxe.efi'],
    ['x64 UEFI by the old code', rom(9), 'ipxe.efi'],
    ['an architecture in option 60 only', [textOf(60, 'PXEClient:Arch:00007:UNDI:003016')], 'ipxe.efi'],
    ['an unknown architecture before a known one', [octetsOf(93, 0, 0xfe, 0, 7)], 'ipxe.efi'],
    [
      'option 93 of odd length',
      [octetsOf(93, 0, 0, 7), textOf(60, 'PXEClient:Arch:00007:UNDI:003016')],
      'ipxe.efi',
    ],
    ['iPXE', ipxe(), 'http://pxe.example.com/boot1.txt'],
    [
      'iPXE in RFC 3004 form',
      [...rom(0), octetsOf(77, 4, 105, 80, 88, 69)],
      'http://pxe.example.com/boot1.txt',
    ],
    [
      'iPXE among other classes',
      [...rom(0), octetsOf(77, 3, 102, 111, 111, 4, 105, 80, 88, 69)],
      'http://pxe.example.com/boot1.txt',
    ],
    [
      'iPXE by option 175 alone',
      [...rom(0), textOf(77, 'ThinClient'), octetsOf(175, 19, 1, 1)],
      'http://pxe.example.com/boot1.txt',
    ],
    ['another user class', [...rom(0), textOf(77, 'iPXEs')], 'undionly.kpxe'],
    [
      'UEFI HTTP boot',
      [octetsOf(93, 0, 16), textOf(60, 'HTTPClient:Arch:00016:UNDI:003001')],
      'http://pxe.example.com/ipxe.efi',
    ],
  ])('%s', (_, options, file) => {
    const offer = offerTo(options);
    expect(fileName(offer.message)).toBe(file);
    expect(offer.message.siaddr).toBe('10.188.0.10');
  });

  it.each([
    ['an unknown architecture', rom(0xfe)],
    ['no architecture', [textOf(60, 'MSFT 5.0')]],
    [
      'a PXE ROM of an HTTP architecture',
      [octetsOf(93, 0, 16), textOf(60, 'PXEClient:Arch:00016:UNDI:003001')],
    ],
    [
      'an HTTP client of a PXE architecture',
      [octetsOf(93, 0, 7), textOf(60, 'HTTPClient:Arch:00007:UNDI:003001')],
    ],
  ])('nothing for %s, but an address', (_, options) => {
    const offer = offerTo([...options, list(1, 3, 66, 67)]);
    expect(offer.message.yiaddr).toMatch(/^10\.188\.0\./);
    expect(offer.message.siaddr).toBe('0.0.0.0');
    expect(fileName(offer.message)).toBe('');
    expect(codesOf(offer)).not.toContain(OPTION.bootFileName);
    expect(codesOf(offer)).not.toContain(OPTION.tftpServerName);
  });

  it('never gives iPXE a file of an architecture', () => {
    expect(fileName(offerTo(ipxe(), { ipxe: undefined }).message)).toBe('');
  });

  it('gives a client without an architecture the file for those', () => {
    expect(fileName(offerTo([], { withoutArchitecture: 'netboot.img' }).message)).toBe('netboot.img');
  });

  it('may name another next server than itself', () => {
    const offer = offerTo(rom(0), { nextServer: ipv4('10.188.0.40') });
    expect(offer.message.siaddr).toBe('10.188.0.40');
    expect(textIn(offer, OPTION.tftpServerName)).toBe('10.188.0.40');
    expect(bytesOf(offer, OPTION.serverIdentifier)).toEqual([10, 188, 0, 10]);
  });
});

describe('where the boot name stands', () => {
  const url = (length: number) => `http://pxe.example.com/${'x'.repeat(length - 23)}`;

  it('in file and, if asked for, in option 67, followed by a zero octet', () => {
    const offer = offerTo(rom(0));
    expect(textIn(offer, OPTION.bootFileName)).toBe('undionly.kpxe');
    const option = offer.message.options.find(({ code }) => code === OPTION.bootFileName);
    expect(offer.bytes[(option?.offset ?? 0) + 2 + 'undionly.kpxe'.length]).toBe(0);
    expect(codesOf(offerTo([octetsOf(93, 0, 0), list(1, 3)]))).not.toContain(OPTION.bootFileName);
  });

  it('in one of the two alone where that is configured', () => {
    const only67 = offerTo([octetsOf(93, 0, 0), list(1, 3)], { inFileField: false });
    expect(fileName(only67.message)).toBe('');
    expect(textIn(only67, OPTION.bootFileName)).toBe('undionly.kpxe');
    const onlyFile = offerTo(rom(0), { inOption67: false });
    expect(fileName(onlyFile.message)).toBe('undionly.kpxe');
    expect(codesOf(onlyFile)).not.toContain(OPTION.bootFileName);
  });

  it.each([127, 128, 200, 255])('whole, a URL of %i octets', (length) => {
    const offer = offerTo([...ipxe(), list(1, 3)], { ipxe: url(length) });
    expect(fileName(offer.message)).toBe(length <= 127 ? url(length) : '');
    expect(offer.message.file[127]).toBe(0);
    if (length > 127) expect(textIn(offer, OPTION.bootFileName)).toBe(url(length));
  });

  it('cut after 127 octets, in both places, where that defect is wanted', () => {
    const offer = offerTo(ipxe(), { ipxe: url(300), longNames: 'cut' });
    expect(fileName(offer.message)).toBe(url(300).slice(0, 127));
    expect(textIn(offer, OPTION.bootFileName)).toBe(url(300).slice(0, 127));
  });
});

describe('options of a reply', () => {
  it("stand in the client's order, the mask before the router, unknown ones left out", () => {
    const asked = [67, 3, 250, 6, 15, 1, 66, 43];
    const offer = offerTo([octetsOf(93, 0, 0), list(...asked)]);
    expect(codesOf(offer)).toEqual([53, 54, 51, 67, 1, 3, 6, 15, 66]);
    const reversed = offerTo([octetsOf(93, 0, 0), list(...asked.toReversed())]);
    expect(codesOf(reversed)).toEqual([53, 54, 51, 66, 1, 15, 6, 3, 67]);
  });

  it('are each sent once, whatever the list repeats', () => {
    expect(codesOf(offerTo([list(1, 1, 53, 54, 51, 3, 1, 3)]))).toEqual([53, 54, 51, 1, 3]);
  });

  it('are all there is for a client that sends no list', () => {
    expect(codesOf(offerTo([octetsOf(93, 0, 0)]))).toEqual([53, 54, 51, 1, 28, 3, 6, 15, 58, 59, 66, 67]);
  });

  it('hold the network as it is configured, with T1 < T2 < lease', () => {
    const offer = offerTo([list(1, 3, 6, 15, 28, 58, 59)]);
    expect(bytesOf(offer, OPTION.subnetMask)).toEqual([255, 255, 255, 0]);
    expect(bytesOf(offer, OPTION.router)).toEqual([10, 188, 0, 1]);
    expect(bytesOf(offer, OPTION.domainNameServer)).toEqual([10, 188, 0, 20]);
    expect(bytesOf(offer, OPTION.broadcastAddress)).toEqual([10, 188, 0, 255]);
    expect(textIn(offer, OPTION.domainName)).toBe('example.com');
    expect(bytesOf(offer, OPTION.renewalTime)).toEqual([0, 0, 0x54, 0x60]);
    expect(bytesOf(offer, OPTION.rebindingTime)).toEqual([0, 0, 0x93, 0xa8]);
  });

  it('echo 61, 97 and, as the last of all, 82', () => {
    const uuid = [0, ...Array.from({ length: 16 }, (_, i) => i)];
    const relay = octetsOf(82, 1, 5, 112, 111, 114, 116, 55, 2, 3, 114, 105, 100);
    const offer = offerTo([relay, octetsOf(97, ...uuid), octetsOf(61, 255, 1, 2, 3), list(1)]);
    expect(codesOf(offer)).toEqual([53, 54, 51, 1, 61, 97, 82]);
    expect(bytesOf(offer, 97)).toEqual(uuid);
    expect(bytesOf(offer, 82)).toEqual([...relay.data]);
    expect(codesOf(offerTo([list(1)]))).toEqual([53, 54, 51, 1]);
  });

  it.each([0, 1, 16, 18])('do not echo a 97 of %i octets, nor one of another type', (length) => {
    expect(codesOf(offerTo([octetsOf(97, ...Array(length).fill(0))]))).not.toContain(97);
    expect(codesOf(offerTo([octetsOf(97, 1, ...Array(16).fill(7))]))).not.toContain(97);
  });

  it('join what came split in several options (RFC 3396)', () => {
    const offer = offerTo([
      textOf(60, 'PXECli'),
      textOf(60, 'ent:Arch:00007:UNDI:003016'),
      octetsOf(61, 1, 2),
      octetsOf(61, 3),
    ]);
    expect(fileName(offer.message)).toBe('ipxe.efi');
    expect(bytesOf(offer, 61)).toEqual([1, 2, 3]);
  });

  it('say 175.176 to iPXE, which then does not wait for a proxy, and 175 to nobody else', () => {
    expect(bytesOf(offerTo(ipxe()), OPTION.ipxe)).toEqual([176, 1, 1]);
    expect(codesOf(offerTo([...rom(0), list(175, 1)]))).not.toContain(OPTION.ipxe);
    expect(codesOf(offerTo(ipxe(), { noProxyDhcp: false }))).not.toContain(OPTION.ipxe);
  });
});

describe('option 60', () => {
  it('is not sent to PXE ROMs, which would go to port 4011', () => {
    expect(codesOf(offerTo(rom(7)))).not.toContain(OPTION.vendorClass);
    expect(codesOf(offerTo(ipxe()))).not.toContain(OPTION.vendorClass);
  });

  it('comes with 43.6 = 8 where PXE offers are wanted', () => {
    const offer = offerTo(rom(7), { pxeOffer: 'skip-discovery' });
    expect(textIn(offer, OPTION.vendorClass)).toBe('PXEClient');
    expect(bytesOf(offer, OPTION.vendorSpecific)).toEqual([6, 1, 8, 255]);
    expect(codesOf(offerTo(rom(0xfe), { pxeOffer: 'skip-discovery' }))).not.toContain(OPTION.vendorClass);
  });

  it('is echoed to HTTP clients, who ignore the URL without it', () => {
    const offer = offerTo([octetsOf(93, 0, 16), textOf(60, 'HTTPClient:Arch:00016:UNDI:003001'), list(1)]);
    expect(textIn(offer, OPTION.vendorClass)).toBe('HTTPClient');
  });

  it.each(['MSFT 5.0', 'pxeclient:Arch:00000', 'PXEClien'])('is not sent to %s', (vendorClass) => {
    const options = [octetsOf(93, 0, 0), textOf(60, vendorClass), list(1, 43, 60)];
    const codes = codesOf(offerTo(options, { pxeOffer: 'skip-discovery' }));
    expect(codes).not.toContain(OPTION.vendorClass);
    expect(codes).not.toContain(OPTION.vendorSpecific);
  });
});

describe('the size of a reply', () => {
  const large = {
    ...dhcpConfig,
    subnets: [
      {
        ...subnet,
        domain: `${'d'.repeat(240)}.com`,
        dnsServers: Array.from({ length: 20 }, (_, i) => ipv4(`10.188.0.${20 + i}`)),
      },
    ],
  };
  const everything = [
    ...rom(0),
    octetsOf(61, ...Array(200).fill(9)),
    octetsOf(82, 1, 200, ...Array(200).fill(7)),
  ];

  it('is 300 octets at least', () => {
    expect(offerTo([list(1)]).bytes.length).toBe(300);
  });

  it.each([
    [undefined, 548],
    [0, 548],
    [300, 548],
    [576, 548],
    [1000, 972],
    [1472, 1444],
    [65280, 1472],
  ])('with option 57 of %s at most %i octets, boot file and mask in it', (size, most) => {
    const maximum = size === undefined ? [] : [octetsOf(57, size >> 8, size & 255)];
    const offer = dhcpBench(large).discover({ options: [...everything, ...maximum] });
    expect(offer?.bytes.length).toBeLessThanOrEqual(most);
    expect(codesOf(offer)).toContain(OPTION.bootFileName);
    expect(codesOf(offer)).toContain(OPTION.subnetMask);
    expect(offer?.message.optionsError).toBeUndefined();
    expect(codesOf(offer)).not.toContain(OPTION.overload);
    if (most > 1400) expect(codesOf(offer)).toEqual([53, 54, 51, 1, 3, 6, 15, 28, 66, 67, 61, 82]);
    else expect(codesOf(offer)).not.toContain(OPTION.domainName);
  });
});

describe('where a reply goes (RFC 2131 §4.1)', () => {
  const to = (fields: ClientFields) => dhcpBench().discover(fields)?.to;

  it('to chaddr and yiaddr without ARP, to all if the broadcast bit asks for it', () => {
    const offer = dhcpBench().discover();
    expect(offer?.to).toEqual({
      kind: 'link',
      mac: '00:12:34:56:78:90',
      address: offer?.message.yiaddr,
      port: 68,
    });
    const broadcast = { kind: 'link', mac: 'ff:ff:ff:ff:ff:ff', address: '255.255.255.255', port: 68 };
    expect(to({ flags: 0x8000 })).toEqual(broadcast);
    expect(to({ flags: 0x7fff })).toMatchObject({ mac: '00:12:34:56:78:90' });
    expect(to({ htype: 6 })).toEqual(broadcast);
  });

  it('to port 67 of the relay, whatever the broadcast bit says', () => {
    for (const flags of [0, 0x8000]) {
      const offer = dhcpBench().discover({ giaddr: ipv4('10.188.0.1'), flags, hops: 1 });
      expect(offer?.to).toEqual({ kind: 'routed', address: '10.188.0.1', port: 67 });
      expect(offer?.message).toMatchObject({ giaddr: '10.188.0.1', flags, hops: 0 });
    }
  });
});

describe('which subnet', () => {
  const second = {
    ...subnet,
    network: ipv4('192.0.2.0'),
    ranges: [{ first: ipv4('192.0.2.60'), last: ipv4('192.0.2.70') }],
    routers: [ipv4('192.0.2.1')],
  };
  const bench = () => dhcpBench({ ...dhcpConfig, subnets: [subnet, second] });

  it('is the one of giaddr, or the one its relay names in 82.5', () => {
    const relayed = bench().discover({ giaddr: ipv4('192.0.2.1'), options: [list(3)] });
    expect(relayed?.message.yiaddr).toMatch(/^192\.0\.2\./);
    expect(bytesOf(relayed, OPTION.router)).toEqual([192, 0, 2, 1]);
    const selected = bench().discover({
      giaddr: ipv4('10.188.0.1'),
      options: [octetsOf(82, 5, 4, 192, 0, 2, 0)],
    });
    expect(selected?.message.yiaddr).toMatch(/^192\.0\.2\./);
    expect(selected?.to).toMatchObject({ address: '10.188.0.1' });
  });

  it('is none for a relay nobody configured, which gets no answer', () => {
    expect(bench().discover({ giaddr: ipv4('203.0.113.1') })).toBeUndefined();
  });
});
