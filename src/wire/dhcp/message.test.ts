import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../bytes.ts';
import { itIsACodec } from '../testing/codec-laws.ts';
import { formatDhcpMessage } from './format-message.ts';
import {
  clientMac,
  type DhcpMessage,
  fileName,
  optionData,
  optionInstances,
  overloadOf,
  parseDhcpMessage,
  serializeDhcpMessage,
  serverName,
  wantsBroadcast,
  xid,
} from './message.ts';
import {
  BOOT_SERVER_REQUEST,
  DNSMASQ_OFFER,
  EDK2_DISCOVER,
  EDK2_HTTP_DISCOVER,
  OVERLOAD_BOTH,
  PROXY_OFFER,
  WRITE_UP_DISCOVER,
  XYPLEX_BOOTREQUEST,
  zeros,
} from './testing/messages.ts';

function parsed(bytes: Uint8Array): DhcpMessage {
  const result = parseDhcpMessage(bytes);
  if (!result.ok) throw result.error;
  return result.value;
}

/** A message that is a fixed header of zeros and these vendor octets, with `sname` and `file` where given. */
function withVend(vend: string, sname = '', file = ''): Uint8Array {
  return fromHex(zeros(44), sname.padEnd(128, '0'), file.padEnd(256, '0'), vend);
}

const COOKIE = '63825363';
const codes = (message: DhcpMessage): readonly number[] => message.options.map((option) => option.code);

describe('parseDhcpMessage', () => {
  it("reads the write-up's DISCOVER, options in wire order with their offsets", () => {
    expect(WRITE_UP_DISCOVER).toHaveLength(387);
    const message = parsed(WRITE_UP_DISCOVER);

    expect(message).toMatchObject({
      op: 1,
      htype: 1,
      hlen: 6,
      hops: 0,
      xid: 0x71ceb4,
      secs: 4,
      flags: 0,
      ciaddr: '0.0.0.0',
      cookie: true,
      optionsError: undefined,
    });
    expect(clientMac(message)).toBe('00:12:34:56:78:90');
    expect(message.options.map(({ code, offset, data }) => [code, offset, data.length])).toEqual([
      [53, 240, 1],
      [57, 243, 2],
      [93, 247, 2],
      [94, 251, 3],
      [60, 256, 32],
      [77, 290, 4],
      [55, 296, 13],
      [175, 311, 45],
      [61, 358, 7],
      [97, 367, 17],
    ]);
  });

  it('reads the addresses and the boot file of an OFFER', () => {
    const message = parsed(DNSMASQ_OFFER);
    expect(message).toMatchObject({ op: 2, yiaddr: '10.188.0.66', siaddr: '10.188.0.10', giaddr: '0.0.0.0' });
    expect(fileName(message)).toBe('http://pxe.example.com/boot1.txt');
    expect(serverName(message)).toBe('');
  });

  it('keeps octets after END in vend', () => {
    const message = parsed(BOOT_SERVER_REQUEST);
    expect(codes(message)).toEqual([53, 55, 57, 97, 93, 94, 60, 43]);
    expect(message.vend).toHaveLength(BOOT_SERVER_REQUEST.length - 236);
    expect(message.optionsError).toBeUndefined();
  });

  it('reads options area, then file, then sname where option 52 is 3, and stops at each END', () => {
    const message = parsed(OVERLOAD_BOTH);
    expect(message.options.map(({ code, area, offset }) => [code, area, offset])).toEqual([
      [53, 'options', 240],
      [57, 'options', 243],
      [55, 'options', 247],
      [51, 'options', 253],
      [52, 'options', 259],
      [56, 'options', 262],
      [61, 'options', 272],
      [56, 'file', 108],
      [56, 'sname', 44],
    ]);
    expect(fileName(message)).toBe('');
    expect(serverName(message)).toBe('');
  });

  it('calls a vendor area without cookie BOOTP: no options, the octets in vend', () => {
    const message = parsed(XYPLEX_BOOTREQUEST);
    expect(message).toMatchObject({ cookie: false, options: [], optionsError: undefined });
    expect(message.vend).toHaveLength(64);
    expect(fileName(message)).toBe('x0a3c45.prm');
  });

  it('keeps a stray code in a parameter request list', () => {
    expect(optionData(parsed(EDK2_HTTP_DISCOVER), 55)).toContain(204);
  });

  it.each([
    { name: '52 = 1 reads file only', overload: 1, areas: ['options', 'file'] },
    { name: '52 = 2 reads sname only', overload: 2, areas: ['options', 'sname'] },
    { name: '52 = 3 reads both, file first', overload: 3, areas: ['options', 'file', 'sname'] },
    { name: '52 = 0 reads neither', overload: 0, areas: ['options'] },
    { name: '52 = 4 reads neither', overload: 4, areas: ['options'] },
  ])('$name', ({ overload, areas }) => {
    const message = parsed(withVend(`${COOKIE} 34010${overload} ff`, '0c0173ff', '0c0166ff'));
    expect(message.options.map((option) => option.area)).toEqual(areas);
    expect(overloadOf(message)).toBe(overload);
  });

  it('gives no meaning to an option 52 inside file', () => {
    const message = parsed(withVend(`${COOKIE} 340101 ff`, '0c0173ff', '340102ff'));
    expect(message.options.map(({ code, area }) => [code, area])).toEqual([
      [52, 'options'],
      [52, 'file'],
    ]);
    expect(overloadOf(message)).toBe(1);
  });

  it('takes the first of two options 52', () => {
    expect(overloadOf(parsed(withVend(`${COOKIE} 340102 340101 ff`, 'ff', 'ff')))).toBe(2);
  });

  it('takes an empty option 52 as none', () => {
    expect(overloadOf(parsed(withVend(`${COOKIE} 3400 ff`, '0c0173ff')))).toBe(0);
  });

  it('does not read options behind END', () => {
    expect(codes(parsed(withVend(`${COOKIE} 350101 ff 0c0161`)))).toEqual([53]);
  });

  it('passes over pads, and takes a missing END as no error', () => {
    const message = parsed(withVend(`${COOKIE} 000000 350101 00 0c00 00`));
    expect(message.options.map(({ code, offset, data }) => [code, offset, data.length])).toEqual([
      [53, 243, 1],
      [12, 247, 0],
    ]);
    expect(message.optionsError).toBeUndefined();
  });

  it('reads an option that fills its area to the last octet', () => {
    const message = parsed(withVend(`${COOKIE} 340101 0c0161`, '', `${zeros(125)}0c0166`));
    expect(message.options.map(({ area, data }) => [area, toHex(data)])).toEqual([
      ['options', '01'],
      ['options', '61'],
      ['file', '66'],
    ]);
    expect(message.optionsError).toBeUndefined();
  });

  it.each([
    { name: 'a code without length', vend: '350101 0c', offset: 244, field: 'option 12 length' },
    { name: 'a length over the end', vend: '350101 0c0561', offset: 245, field: 'option 12' },
    { name: 'length 255 with nothing behind', vend: '350101 0cff', offset: 245, field: 'option 12' },
  ])('keeps the options before $name', ({ vend, offset, field }) => {
    const message = parsed(withVend(`${COOKIE} ${vend}`));
    expect(codes(message)).toEqual([53]);
    expect(message.optionsError).toMatchObject({ code: 'WIRE_TRUNCATED', offset, field });
  });

  it('does not let an option of file run into vend, and reads sname all the same', () => {
    const message = parsed(withVend(`${COOKIE} 340103 ff`, '0c0173ff', `${zeros(126)}0c01`));
    expect(message.options.map(({ area }) => area)).toEqual(['options', 'sname']);
    expect(message.optionsError).toMatchObject({ code: 'WIRE_TRUNCATED', offset: 236, field: 'option 12' });
  });

  it.each([
    { length: 0, field: 'op', offset: 0 },
    { length: 1, field: 'htype', offset: 1 },
    { length: 7, field: 'xid', offset: 4 },
    { length: 8, field: 'secs', offset: 8 },
    { length: 27, field: 'giaddr', offset: 24 },
    { length: 28, field: 'chaddr', offset: 28 },
    { length: 107, field: 'sname', offset: 44 },
    { length: 235, field: 'file', offset: 108 },
  ])('reports $field at byte $offset for the first $length octets', ({ length, field, offset }) => {
    expect(parseDhcpMessage(EDK2_DISCOVER.subarray(0, length))).toMatchObject({
      ok: false,
      error: { code: 'WIRE_TRUNCATED', field, offset },
    });
  });

  it('reads a message that ends right after file, or inside the cookie, as BOOTP', () => {
    for (const length of [236, 239])
      expect(parsed(EDK2_DISCOVER.subarray(0, length))).toMatchObject({ cookie: false, options: [] });
  });

  itIsACodec(
    { parse: parseDhcpMessage, serialize: serializeDhcpMessage, format: formatDhcpMessage },
    {
      "the write-up's DISCOVER": WRITE_UP_DISCOVER,
      'an EDK2 DISCOVER': EDK2_DISCOVER,
      'a dnsmasq OFFER': DNSMASQ_OFFER,
      'a proxyDHCP OFFER': PROXY_OFFER,
      'a boot server REQUEST with zeros behind END': BOOT_SERVER_REQUEST,
      'a BOOTP request without cookie': XYPLEX_BOOTREQUEST,
      'options in all three areas': OVERLOAD_BOTH,
    },
  );

  it('finds every option of random option areas, and nothing else', () => {
    const option = fc.record({
      code: fc.integer({ min: 1, max: 254 }).filter((code) => code !== 52),
      data: fc.uint8Array({ maxLength: 40 }),
      pads: fc.nat({ max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(option, { maxLength: 12 }), (options) => {
        const vend = options.map(
          ({ code, data, pads }) => zeros(pads) + toHex(Uint8Array.of(code, data.length, ...data)),
        );
        const message = parsed(withVend(`${COOKIE}${vend.join('')}ff`));
        expect(message.options.map(({ code, data }) => [code, toHex(data)])).toEqual(
          options.map(({ code, data }) => [code, toHex(data)]),
        );
      }),
    );
  });
});

describe('serializeDhcpMessage', () => {
  it('writes changed header fields and leaves the rest as it came', () => {
    const bytes = serializeDhcpMessage({ ...parsed(EDK2_DISCOVER), xid: xid(0xfffffffe), secs: 300 });
    expect(toHex(bytes.subarray(4, 12))).toBe('fffffffe012c8000');
    expect(toHex(bytes.subarray(12))).toBe(toHex(EDK2_DISCOVER.subarray(12)));
  });

  it.each([
    { field: 'secs', change: { secs: 65536 } },
    { field: 'op', change: { op: -1 } },
    { field: 'flags', change: { flags: 1.5 } },
    { field: 'chaddr', change: { chaddr: new Uint8Array(6) } },
    { field: 'file', change: { file: new Uint8Array(129) } },
    { field: 'sname', change: { sname: new Uint8Array(0) } },
  ])('refuses a $field that does not fit', ({ field, change }) => {
    expect(() => serializeDhcpMessage({ ...parsed(EDK2_DISCOVER), ...change })).toThrow(
      expect.objectContaining({ code: 'WIRE_UNENCODABLE', field }),
    );
  });
});

describe('optionData', () => {
  it('joins instances in order options, file, sname (RFC 3396 §7)', () => {
    const message = parsed(withVend(`${COOKIE} 3c03505845 340103 3c03436c69 ff`, '3c0174ff', '3c02656eff'));
    expect(Buffer.from(optionData(message, 60) ?? []).toString('latin1')).toBe('PXEClient');
    expect(optionInstances(message, 60).map(({ area }) => area)).toEqual([
      'options',
      'options',
      'file',
      'sname',
    ]);
  });

  it('is empty for an empty option and undefined for an absent one', () => {
    const message = parsed(withVend(`${COOKIE} 0c00 ff`));
    expect(optionData(message, 12)).toHaveLength(0);
    expect(optionData(message, 60)).toBeUndefined();
  });
});

describe('fileName', () => {
  it('takes the whole field where no NUL ends it', () => {
    expect(fileName(parsed(withVend('', '', '61'.repeat(128))))).toBe('a'.repeat(128));
  });
});

describe('wantsBroadcast', () => {
  it('looks at the top bit alone', () => {
    const message = parsed(DNSMASQ_OFFER);
    expect(wantsBroadcast({ ...message, flags: 0x8000 })).toBe(true);
    expect(wantsBroadcast({ ...message, flags: 0x7fff })).toBe(false);
  });
});

describe('xid', () => {
  it('takes 32 bits', () => {
    expect(xid(0xffffffff)).toBe(4294967295);
    for (const value of [-1, 2 ** 32, 0.5, Number.NaN])
      expect(() => xid(value)).toThrow(expect.objectContaining({ code: 'WIRE_UNENCODABLE', field: 'xid' }));
  });
});
