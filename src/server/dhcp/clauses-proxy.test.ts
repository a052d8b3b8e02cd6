import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4, mac } from '../../wire/address.ts';
import { latin1 } from '../../wire/bytes.ts';
import type { OptionToSend } from '../../wire/dhcp/build-message.ts';
import { fileName, optionData } from '../../wire/dhcp/message.ts';
import { parsePxeVendorOptions } from '../../wire/dhcp/opt-pxe-vendor.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { BootConfig, PxeMenu } from './boot-config.ts';
import { bootServerOf, stepBootServer } from './boot-server.ts';
import { httpClient, SCRIPT, textIn, UUID } from './testing/boot-bench.ts';
import {
  addressOf,
  bootConfig,
  bytesOf,
  codesOf,
  dhcpBench,
  dhcpConfig,
  ipxe,
  noOptions,
  octetsOf,
  rom,
  SERVER,
  subnet,
  textOf,
} from './testing/dhcp-bench.ts';
import { LEASED, messageBytes, proxyBench } from './testing/proxy-bench.ts';

const uuid = octetsOf(OPTION.clientMachineId, ...UUID);
const bootItem = (type: number, layer = 0) =>
  octetsOf(OPTION.vendorSpecific, 71, 4, type >> 8, type & 255, layer >> 8, layer & 255, 255);
const menu: PxeMenu = {
  prompt: 'Press F8',
  timeout: 0,
  items: [
    {
      type: 0x8000,
      text: 'iPXE',
      server: undefined,
      files: new Map([
        [0, 'undionly.kpxe'],
        [7, 'ipxe.efi'],
      ]),
      nextServer: undefined,
    },
    {
      type: 0x8001,
      text: 'Memory test',
      server: undefined,
      files: new Map([[0, 'memtest.0']]),
      nextServer: ipv4('10.188.0.40'),
    },
    { type: 15, text: 'WDS', server: ipv4('10.188.0.77'), files: new Map(), nextServer: undefined },
  ],
};
const withMenu: Partial<BootConfig> = { pxeOffer: 'menu', menu };

describe('PROXY-001: the offer of a proxy', () => {
  it('has no address and no lease, but 53, 54, 60, 97, 43 and the file', () => {
    const { reply, events } = proxyBench().send('discover', { options: [...rom(7), uuid] });
    expect(reply).toMatchObject({
      type: 'offer',
      message: { yiaddr: '0.0.0.0', siaddr: SERVER, ciaddr: '0.0.0.0' },
    });
    expect(codesOf(reply)).toEqual([53, 54, 43, 60, 66, 67, 97]);
    expect(bytesOf(reply, 54)).toEqual([10, 188, 0, 10]);
    expect(textIn(reply, 60)).toBe('PXEClient');
    expect(bytesOf(reply, 97)).toEqual(UUID);
    expect(bytesOf(reply, 43)).toEqual([6, 1, 8, 255]);
    expect(fileName(reply?.message as never)).toBe('ipxe.efi');
    expect(events).toMatchObject([{ stage: 'dhcp', did: 'offer', file: 'ipxe.efi' }]);
  });

  it('says nothing of the network, whatever is asked for', () => {
    const everything = octetsOf(55, ...Array.from({ length: 254 }, (_, i) => i + 1));
    const options = [...rom(0).filter(({ code }) => code !== 55), everything];
    for (const code of [1, 3, 6, 15, 28, 51, 58, 59]) {
      expect(codesOf(proxyBench().send('discover', { options }).reply)).not.toContain(code);
    }
  });

  it('is a broadcast, since the client has no address', () => {
    expect(proxyBench().send('discover', { options: rom(0) }).reply?.to).toEqual({
      kind: 'link',
      mac: 'ff:ff:ff:ff:ff:ff',
      address: '255.255.255.255',
      port: 68,
    });
  });

  it('is a menu, or sends to port 4011, where that is configured', () => {
    const offered = proxyBench(withMenu).send('discover', { options: rom(0) }).reply;
    const vendor = optionData(offered?.message as never, 43);
    expect(vendor && parsePxeVendorOptions(vendor)).toMatchObject({
      value: { items: [{ kind: 'discovery-control', bits: 7 }, { kind: 'boot-servers' }, {}, {}] },
    });
    const sentOn = proxyBench({ pxeOffer: 'boot-server' }).send('discover', { options: rom(7) }).reply;
    expect(codesOf(sentOn)).toEqual([53, 54, 60]);
    expect(sentOn?.message.siaddr).toBe(SERVER);
    expect(fileName(sentOn?.message as never)).toBe('');
  });

  it('gives iPXE its script, with option 60, by which iPXE knows a proxy', () => {
    for (const boot of [{}, withMenu, { pxeOffer: 'boot-server' } as const]) {
      const { reply } = proxyBench(boot).send('discover', { options: ipxe() });
      expect(fileName(reply?.message as never)).toBe(SCRIPT);
      expect(textIn(reply, 60)).toBe('PXEClient');
      expect(bytesOf(reply, 43)).toEqual([6, 1, 8, 255]);
      expect(reply?.message.siaddr).toBe(SERVER);
      // 175.1: above what a boot server answered before; no 175.176, since this is the proxy.
      expect(bytesOf(reply, 175)).toEqual([1, 1, 1]);
    }
  });

  it('is none where there is nothing to boot', () => {
    const { reply, events } = proxyBench().send('discover', { options: rom(0xfe) });
    expect(reply).toBeUndefined();
    expect(events).toMatchObject([{ did: 'silence', because: 'no file for architecture 254' }]);
    expect(proxyBench({ ipxe: undefined }).send('discover', { options: ipxe() }).reply).toBeUndefined();
  });
});

describe('PROXY-002: who is answered', () => {
  it.each([undefined, 'PXEServer', 'MSFT 5.0', 'pxeclient:Arch:00000:UNDI:002001'])(
    'not a client of class %s, on neither port',
    (vendorClass) => {
      const options = [octetsOf(93, 0, 0), ...(vendorClass === undefined ? [] : [textOf(60, vendorClass)])];
      expect(proxyBench().send('discover', { options })).toMatchObject({ reply: undefined, events: [] });
      for (const type of ['discover', 'request', 'inform'] as const) {
        expect(proxyBench().ask(type, { ciaddr: LEASED, options }).reply).toBeUndefined();
      }
    },
  );

  it('not UEFI HTTP boot, unless a URL is configured for its architecture; never on 4011', () => {
    const files = new Map([[7, 'ipxe.efi']]);
    expect(proxyBench({ files }).send('discover', { options: httpClient() }).reply).toBeUndefined();
    const { reply } = proxyBench().send('discover', { options: httpClient() });
    expect(textIn(reply, 60)).toBe('HTTPClient');
    expect(fileName(reply?.message as never)).toBe('http://pxe.example.com/ipxe.efi');
    expect(codesOf(reply)).not.toContain(43);
    expect(proxyBench().ask('request', { ciaddr: LEASED, options: httpClient() }).reply).toBeUndefined();
  });
});

describe('PROXY-003: what is asked of the DHCP server', () => {
  it('is not answered: REQUEST in any state, DECLINE, RELEASE, INFORM', () => {
    const bench = proxyBench();
    const other = addressOf(54, ipv4('10.188.0.1'));
    const asked = addressOf(50, LEASED);
    for (const options of [[other, asked], [asked], []]) {
      expect(bench.send('request', { options: [...rom(0), ...options] }).reply).toBeUndefined();
      expect(
        bench.send('request', { ciaddr: LEASED, options: [...rom(0), ...options] }).reply,
      ).toBeUndefined();
    }
    for (const type of ['decline', 'release', 'inform', 'offer', 'ack', 'nak'] as const) {
      expect(bench.send(type, { ciaddr: LEASED, options: rom(0) })).toMatchObject({
        reply: undefined,
        events: [],
      });
    }
    const own = bench.send('request', { options: [...rom(0), addressOf(54, SERVER), asked] });
    expect(own.reply).toBeUndefined();
  });
});

describe('PROXY-004, PROXY-005: port 4011', () => {
  it.each([
    ['request', 68, 'ack'],
    ['request', 4011, 'ack'],
    ['inform', 68, 'ack'],
    ['inform', 4011, 'ack'],
    ['discover', 68, 'offer'],
  ] as const)('answers %s from port %i to that port, by %s', (type, port, answer) => {
    const options = [...rom(7), uuid];
    const { reply } = proxyBench().ask(type, { ciaddr: LEASED, options }, { address: LEASED, port });
    expect(reply?.to).toEqual({ kind: 'routed', address: LEASED, port });
    expect(reply?.type).toBe(answer);
    expect(fileName(reply?.message as never)).toBe('ipxe.efi');
    expect(textIn(reply, 67)).toBe('ipxe.efi');
    expect(reply?.message).toMatchObject({ ciaddr: '0.0.0.0', siaddr: SERVER, xid: 0x71ceb4 });
    expect(reply?.message.yiaddr).toBe(type === 'inform' ? '0.0.0.0' : LEASED);
    expect(textIn(reply, 60)).toBe('PXEClient');
    expect(bytesOf(reply, 54)).toEqual([10, 188, 0, 10]);
    expect(bytesOf(reply, 97)).toEqual(UUID);
    expect(codesOf(reply)).not.toContain(51);
  });

  it('answers without option 97, and to the source where ciaddr is missing', () => {
    const { reply } = proxyBench().ask('request', { options: rom(0) });
    expect(reply?.to).toEqual({ kind: 'routed', address: LEASED, port: 68 });
    expect(reply?.message.yiaddr).toBe(LEASED);
    expect(codesOf(reply)).not.toContain(97);
  });

  it('is silent for a client without any address, and for one without a file', () => {
    const nowhere = { address: '0.0.0.0', port: 68 };
    expect(proxyBench().ask('request', { options: rom(0) }, nowhere).reply).toBeUndefined();
    const known = proxyBench().ask('request', { ciaddr: LEASED, options: rom(0) }, nowhere);
    expect(known.reply?.to).toMatchObject({ address: LEASED });
    expect(proxyBench().ask('request', { options: rom(0xfe) }).reply).toBeUndefined();
    for (const type of ['release', 'decline', 'ack'] as const) {
      expect(proxyBench().ask(type, { options: rom(0) }).reply).toBeUndefined();
    }
  });

  it('gives the same file as port 67 does', () => {
    for (const options of [rom(0), rom(7), ipxe()]) {
      const offered = proxyBench().send('discover', { options }).reply;
      const asked = proxyBench().ask('request', { ciaddr: LEASED, options }).reply;
      expect(fileName(asked?.message as never)).toBe(fileName(offered?.message as never));
    }
  });

  it('knows the clients of a DHCP server that have a boot of their own', () => {
    const own = mac('00:00:00:00:00:99');
    const reservations = new Map([
      [
        own,
        {
          address: ipv4('10.188.0.99'),
          hostName: undefined,
          options: noOptions,
          boot: { anyArchitecture: 'own.0' },
        },
      ],
    ]);
    const config = bootServerOf({ ...dhcpConfig, subnets: [{ ...subnet, reservations }] });
    const bytes = messageBytes('request', { chaddr: own, ciaddr: ipv4('10.188.0.99'), options: rom(0) });
    const [sent] = stepBootServer(config, { bytes, source: { address: '10.188.0.99', port: 4011 } });
    expect(sent?.kind === 'send' && latin1(sent.bytes.subarray(108, 113))).toBe('own.0');
  });
});

describe('PROXY-006 to PROXY-008: items of a menu', () => {
  const ask = (item: OptionToSend, options = rom(0)) =>
    proxyBench(withMenu).ask('request', { ciaddr: LEASED, options: [...options, item] });

  it('chooses the file of the item, on its server, and says type and layer again', () => {
    const first = ask(bootItem(0x8000)).reply;
    expect(fileName(first?.message as never)).toBe('undionly.kpxe');
    expect(bytesOf(first, 43)).toEqual([71, 4, 0x80, 0, 0, 0, 255]);
    const second = ask(bootItem(0x8001)).reply;
    expect(fileName(second?.message as never)).toBe('memtest.0');
    expect(second?.message.siaddr).toBe('10.188.0.40');
    expect(textIn(second, 66)).toBe('10.188.0.40');
    expect(fileName(ask(bootItem(0x8000), rom(9)).reply?.message as never)).toBe('ipxe.efi');
    const bootstrap = ask(bootItem(0)).reply;
    expect(fileName(bootstrap?.message as never)).toBe('undionly.kpxe');
    expect(bytesOf(bootstrap, 43)).toEqual([71, 4, 0, 0, 0, 0, 255]);
  });

  it.each([
    ['an unknown type', bootItem(0x7abc), rom(0)],
    ['a layer that is not there', bootItem(0x8000, 5), rom(0)],
    ['credentials', bootItem(0x8000, 0x8000), rom(0)],
    ['credentials, with their types', octetsOf(43, 71, 4, 0x80, 0, 0x80, 0, 12, 4, 0, 0, 0, 1, 255), rom(0)],
    ['an architecture that the item has nothing for', bootItem(0x8001), rom(7)],
    ["another server's type", bootItem(15), rom(0)],
    ['iPXE for iPXE', bootItem(0x8000), ipxe()],
  ])('is silent about %s', (_, item, options) => {
    const { reply, events } = ask(item, options);
    expect(reply).toBeUndefined();
    expect(events).toMatchObject([{ stage: 'dhcp', did: 'silence' }]);
  });

  it('gives iPXE an item that is not iPXE', () => {
    expect(fileName(ask(bootItem(0x8001), ipxe()).reply?.message as never)).toBe('memtest.0');
  });

  it('takes a 43 that is not PXE for none', () => {
    for (const junk of [
      octetsOf(43, 71),
      octetsOf(43, 1, 200, 3),
      octetsOf(43),
      octetsOf(43, 71, 2, 0x80, 0),
    ]) {
      expect(fileName(ask(junk).reply?.message as never)).toBe('undionly.kpxe');
    }
  });
});

describe('PROXY-009: a boot server discovery by broadcast to port 67', () => {
  const discovery = { ciaddr: LEASED, options: [...rom(0), bootItem(0x8001)] };
  const source = { address: LEASED, port: 4011 };

  it('is answered by a proxy with a menu, to the port it came from', () => {
    const { reply } = proxyBench(withMenu).send('request', discovery, source);
    expect(reply).toMatchObject({ type: 'ack', to: { kind: 'routed', address: LEASED, port: 4011 } });
    expect(fileName(reply?.message as never)).toBe('memtest.0');
  });

  it('through a relay goes back through the relay', () => {
    const relay = ipv4('192.0.2.1');
    const relayed = { ...discovery, giaddr: relay };
    const { reply } = proxyBench(withMenu).send('request', relayed, { address: relay, port: 67 });
    expect(reply?.to).toEqual({ kind: 'routed', address: relay, port: 67 });
    expect(reply?.message.yiaddr).toBe(LEASED);
  });

  it.each([
    ['with a menu', withMenu, 'memtest.0'],
    ['without one', {}, undefined],
  ] as const)('is no rebinding for a DHCP server %s, and leaves its leases alone', (_, boot, file) => {
    const bench = dhcpBench({ ...dhcpConfig, boot: { ...bootConfig, ...boot } });
    const address = bench.dora({ options: rom(0) });
    const before = JSON.stringify([...(bench.leases()?.all() ?? [])]);
    bench.wait(60_000);
    const { reply } = bench.send('request', { ciaddr: address, options: [...rom(0), bootItem(0x8001)] });
    expect(reply && fileName(reply.message)).toBe(file);
    expect(reply?.type).toBe(file === undefined ? undefined : 'ack');
    expect(JSON.stringify([...(bench.leases()?.all() ?? [])])).toBe(before);
    // A renewal of the same client is one.
    expect(bench.send('request', { ciaddr: address, options: rom(0) }).reply?.message.yiaddr).toBe(address);
  });
});

describe('PROXY-010: a multicast address', () => {
  it('is not advertised: bit 1 of 43.6 forbids multicast', () => {
    const { reply } = proxyBench(withMenu).send('discover', { options: rom(0) });
    const vendor = bytesOf(reply, 43) ?? [];
    expect(vendor.slice(0, 2)).toEqual([6, 1]);
    expect((vendor[2] ?? 0) & 2).toBe(2);
    const read = parsePxeVendorOptions(Uint8Array.from(vendor));
    expect(read.ok && read.value.items.some(({ kind }) => kind === 'discovery-multicast')).toBe(false);
  });
});

describe('PROXY-011: a relayed DISCOVER', () => {
  it('is answered through giaddr:67, with 82, so that the relay broadcasts it', () => {
    const giaddr = ipv4('192.0.2.1');
    const agent = octetsOf(82, 1, 2, 9, 9);
    const { reply } = proxyBench().send('discover', { giaddr, hops: 1, options: [...rom(0), agent] });
    expect(reply?.to).toEqual({ kind: 'routed', address: giaddr, port: 67 });
    expect(reply?.message).toMatchObject({ giaddr, yiaddr: '0.0.0.0', flags: 0x8000, hops: 0 });
    expect(codesOf(reply).at(-1)).toBe(82);
  });
});

describe('PROXY-012: the offer is enough by itself', () => {
  it('for iPXE (siaddr and file) and EDK2 (43.6 = 8 and file), with nothing awaited before it', () => {
    for (const options of [rom(0), rom(7), ipxe()]) {
      const { reply } = proxyBench().send('discover', { options });
      expect(reply?.message.siaddr).toBe(SERVER);
      expect(fileName(reply?.message as never)).not.toBe('');
      expect(bytesOf(reply, 43)?.slice(0, 3)).toEqual([6, 1, 8]);
    }
  });
});

describe('what is no request', () => {
  it('is told of, on both ports, and never throws', () => {
    const bench = proxyBench(withMenu);
    const told = [{ stage: 'bad-input', client: '10.188.0.9' }];
    expect(bench.hear(Uint8Array.of(1, 2, 3)).events).toMatchObject(told);
    expect(bench.hear4011(Uint8Array.of(1, 2, 3)).events).toMatchObject(told);
    expect(bench.hear4011(messageBytes('request', { op: 2, options: rom(0) })).events).toMatchObject(told);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.uint8Array({ maxLength: 60 }), (noise, vendor) => {
        bench.hear(noise);
        bench.hear4011(noise);
        bench.ask('request', { ciaddr: LEASED, options: [...rom(0), { code: 43, data: vendor }] });
        const whole = messageBytes('discover', { options: [...ipxe(), { code: 175, data: vendor }] });
        bench.hear(whole.subarray(0, noise.length));
        bench.hear(whole);
      }),
    );
  });
});
