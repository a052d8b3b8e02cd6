import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4, mac } from '../address.ts';
import { fromHex, toHex } from '../bytes.ts';
import {
  buildDhcpMessage,
  type DhcpMessageSpec,
  encodedOptionLength,
  rawOptions,
  specOfMessage,
} from './build-message.ts';
import {
  type DhcpMessage,
  fileName,
  optionData,
  optionInstances,
  parseDhcpMessage,
  serverName,
} from './message.ts';
import {
  BOOT_SERVER_REQUEST,
  DNSMASQ_OFFER,
  EDK2_DISCOVER,
  OVERLOAD_BOTH,
  PROXY_OFFER,
  WRITE_UP_DISCOVER,
  XYPLEX_BOOTREQUEST,
} from './testing/messages.ts';

const CLIENT = { xid: 0x7bc2372a, chaddr: mac('00:12:34:56:78:92') } as const;

function built(spec: Partial<DhcpMessageSpec>): DhcpMessage {
  const result = parseDhcpMessage(buildDhcpMessage({ ...CLIENT, ...spec }));
  if (!result.ok) throw result.error;
  return result.value;
}

function parsed(bytes: Uint8Array): DhcpMessage {
  const result = parseDhcpMessage(bytes);
  if (!result.ok) throw result.error;
  return result.value;
}

const option = (code: number, hex: string) => ({ code, data: fromHex(hex) });

describe('buildDhcpMessage', () => {
  it("builds dnsmasq's OFFER octet for octet", () => {
    const bytes = buildDhcpMessage({
      op: 2,
      xid: 0xaa1c505f,
      secs: 4,
      yiaddr: ipv4('10.188.0.66'),
      siaddr: ipv4('10.188.0.10'),
      chaddr: mac('00:12:34:56:78:90'),
      file: 'http://pxe.example.com/boot1.txt',
      options: [
        option(53, '02'),
        option(54, '0abc000a'),
        option(51, '0000a8c0'),
        option(58, '00005460'),
        option(59, '000093a8'),
        option(1, 'ffffff00'),
        option(28, '0abc00ff'),
        { code: 15, data: Buffer.from('example.com') },
        option(6, '0abc0014'),
        option(3, '0abc0001'),
      ],
    });
    expect(toHex(bytes)).toBe(toHex(DNSMASQ_OFFER));
  });

  it('pads with zeros after END up to 300 octets, or as far as asked', () => {
    const bytes = buildDhcpMessage({ ...CLIENT, options: [option(53, '01')] });
    expect(toHex(bytes.subarray(236))).toBe(`63825363350101ff${'00'.repeat(56)}`);
    expect(buildDhcpMessage({ ...CLIENT, minimumLength: 548 })).toHaveLength(548);
    expect(buildDhcpMessage({ ...CLIENT, minimumLength: 0 })).toHaveLength(241);
  });

  it('splits more than 255 octets into instances one after the other, and joined they are the same', () => {
    const data = Uint8Array.from({ length: 600 }, (_, i) => i % 251);
    const message = built({ options: [{ code: 121, data }] });
    expect(optionInstances(message, 121).map((part) => part.data.length)).toEqual([255, 255, 90]);
    expect(toHex(optionData(message, 121) ?? fromHex())).toBe(toHex(data));
  });

  it('does not split 255 octets, and sends an empty option', () => {
    const message = built({ options: [{ code: 97, data: new Uint8Array(255) }, option(80, '')] });
    expect(message.options.map(({ code, data }) => [code, data.length])).toEqual([
      [97, 255],
      [80, 0],
    ]);
  });

  it('places options in file and sname, ends both with END, and says so by option 52 after 53', () => {
    const message = built({
      options: [
        option(53, '02'),
        { ...option(67, '6162'), area: 'file' },
        { ...option(66, '63'), area: 'sname' },
        option(82, '0101aa'),
      ],
    });
    expect(message.options.map(({ code, area }) => [code, area])).toEqual([
      [53, 'options'],
      [52, 'options'],
      [82, 'options'],
      [67, 'file'],
      [66, 'sname'],
    ]);
    expect(toHex(optionData(message, 52) ?? fromHex())).toBe('03');
    expect(toHex(message.file.subarray(0, 6))).toBe('43026162ff00');
    expect(toHex(message.sname.subarray(0, 5))).toBe('420163ff00');
  });

  it('leaves an option 52 of the caller as it is, even one that lies', () => {
    const message = built({ options: [option(52, '02'), { ...option(67, '61'), area: 'file' }] });
    expect(optionInstances(message, 52)).toHaveLength(1);
    expect(message.options.map(({ code }) => code)).toEqual([52]);
  });

  it('writes names with their NUL', () => {
    const message = built({ file: 'a'.repeat(127), sname: 'b'.repeat(63) });
    expect(fileName(message)).toBe('a'.repeat(127));
    expect(message.file[127]).toBe(0);
    expect(serverName(message)).toBe('b'.repeat(63));
  });

  it('leaves the cookie away on demand, without END', () => {
    const bytes = buildDhcpMessage({ ...CLIENT, cookie: false });
    expect(toHex(bytes.subarray(236))).toBe('00'.repeat(64));
  });

  it('writes chaddr and hlen of other hardware', () => {
    const infiniband = built({ chaddr: new Uint8Array(0), htype: 32 });
    expect(infiniband).toMatchObject({ htype: 32, hlen: 0, chaddr: new Uint8Array(16) });
    expect(built({ hlen: 255 }).hlen).toBe(255);
  });

  it.each([
    { name: 'code 0', spec: { options: [option(0, '')] }, field: 'option code' },
    { name: 'code 255', spec: { options: [option(255, '')] }, field: 'option code' },
    { name: 'code 256', spec: { options: [option(256, '')] }, field: 'option code' },
    { name: 'a file name without room for its NUL', spec: { file: 'a'.repeat(128) }, field: 'file' },
    { name: 'a server name without room for its NUL', spec: { sname: 'a'.repeat(64) }, field: 'sname' },
    { name: 'a file name with a NUL inside', spec: { file: 'a\0b' }, field: 'file' },
    { name: 'a file name that is no octets', spec: { file: 'bööt→' }, field: 'file' },
    { name: 'a raw file field of 129 octets', spec: { file: new Uint8Array(129) }, field: 'file' },
    {
      name: 'options and a name in one field',
      spec: { file: 'a', options: [{ ...option(67, '61'), area: 'file' as const }] },
      field: 'file',
    },
    {
      name: 'options that leave no room for END in sname',
      spec: { options: [{ code: 67, data: new Uint8Array(62), area: 'sname' as const }] },
      field: 'sname',
    },
    { name: 'a chaddr of 17 octets', spec: { chaddr: new Uint8Array(17) }, field: 'chaddr' },
    { name: 'an xid of 33 bits', spec: { xid: 2 ** 32 }, field: 'xid' },
    { name: 'secs of 17 bits', spec: { secs: 65536 }, field: 'secs' },
  ])('refuses $name', ({ spec, field }) => {
    expect(() => buildDhcpMessage({ ...CLIENT, ...spec })).toThrow(
      expect.objectContaining({ code: 'WIRE_UNENCODABLE', field }),
    );
  });
});

describe('rawOptions', () => {
  it('puts illegal octets where they are wanted', () => {
    const bytes = buildDhcpMessage({
      ...CLIENT,
      options: [option(53, '01'), rawOptions(fromHex('0000 0cff 61'))],
      end: false,
      minimumLength: 0,
    });
    expect(toHex(bytes.subarray(236))).toBe('6382536335010100000cff61');
    expect(parsed(bytes).optionsError).toMatchObject({ code: 'WIRE_TRUNCATED', field: 'option 12' });
  });

  it('puts octets into file, and a field of 128 octets without NUL', () => {
    const message = built({ options: [rawOptions(fromHex('4305'), 'file')] });
    expect(toHex(message.file.subarray(0, 4))).toBe('4305ff00');
    expect(toHex(optionData(message, 52) ?? fromHex())).toBe('01');
    expect(fileName(built({ file: Buffer.alloc(128, 'a') }))).toBe('a'.repeat(128));
  });
});

describe('encodedOptionLength', () => {
  it.each([
    { octets: 0, length: 2 },
    { octets: 1, length: 3 },
    { octets: 255, length: 257 },
    { octets: 256, length: 260 },
    { octets: 511, length: 517 },
  ])('is $length for $octets octets', ({ octets, length }) => {
    expect(encodedOptionLength(new Uint8Array(octets))).toBe(length);
  });
});

describe('specOfMessage', () => {
  it.each(
    Object.entries({
      WRITE_UP_DISCOVER,
      EDK2_DISCOVER,
      DNSMASQ_OFFER,
      PROXY_OFFER,
      BOOT_SERVER_REQUEST,
      XYPLEX_BOOTREQUEST,
      OVERLOAD_BOTH,
    }),
  )('builds %s again, and every prefix of it, octet for octet', (_, bytes) => {
    for (let n = 236; n <= bytes.length; n++) {
      const cut = bytes.subarray(0, n);
      expect(toHex(buildDhcpMessage(specOfMessage(parsed(cut))))).toBe(toHex(cut));
    }
  });

  it('builds anything that was parsed octet for octet', () => {
    const header = toHex(OVERLOAD_BOTH.subarray(0, 44));
    const area = fc.array(fc.oneof(fc.constantFrom(0, 1, 12, 52, 255), fc.nat({ max: 255 })), {
      maxLength: 64,
    });
    fc.assert(
      fc.property(area, area, area, (sname, file, options) => {
        const bytes = fromHex(
          header,
          toHex(Uint8Array.from(sname)).padEnd(128, '0'),
          toHex(Uint8Array.from(file)).padEnd(256, '0'),
          '63825363 340103',
          toHex(Uint8Array.from(options)),
        );
        expect(toHex(buildDhcpMessage(specOfMessage(parsed(bytes))))).toBe(toHex(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it('lets one option be changed and keeps everything else', () => {
    const spec = specOfMessage(parsed(BOOT_SERVER_REQUEST));
    const options = (spec.options ?? []).map((entry) =>
      'code' in entry && entry.code === 57 ? { ...entry, data: fromHex('0240') } : entry,
    );
    const bytes = buildDhcpMessage({ ...spec, options });
    expect(toHex(bytes)).toBe(toHex(BOOT_SERVER_REQUEST).replace('390204ec', '39020240'));
  });
});
