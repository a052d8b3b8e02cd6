import dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4, ipv6FromBytes } from './address.ts';
import { fromHex } from './bytes.ts';
import { type DnsMessage, type DnsRecord, formatDns, parseDns, serializeDns } from './dns.ts';
import { WireError } from './wire-error.ts';

// captures/lab/bios-ipxe-rom.pcap, frame 26: dnsmasq answers iPXE.
const ANSWER = fromHex(
  'fa47 8580', // id, flags: response, authoritative, recursion desired and available
  '0001 0001 0000 0000', // counts
  '03707865 076578616d706c65 03636f6d 00 0001 0001', // question: pxe.example.com A IN
  'c00c 0001 0001 00000000 0004 0abc000a', // answer: the same name, A IN, ttl 0, 10.188.0.10
);
/** A response with one answer, whose name is `a`, and no question. */
const response = (record: readonly string[]): Uint8Array =>
  fromHex('0001 8000 0000 0001 0000 0000', '016100', ...record);

function read(bytes: Uint8Array): DnsMessage {
  const parsed = parseDns(bytes);
  if (!parsed.ok) throw parsed.error;
  return parsed.value;
}

describe('parseDns', () => {
  it('reads a response', () => {
    expect(parseDns(ANSWER)).toEqual({
      ok: true,
      value: {
        id: 0xfa47,
        isResponse: true,
        opcode: 0,
        flags: {
          authoritative: true,
          truncated: false,
          recursionDesired: true,
          recursionAvailable: true,
          z: false,
          authenticData: false,
          checkingDisabled: false,
        },
        rcode: 'NOERROR',
        questions: [{ name: 'pxe.example.com', type: 'A', class: 'IN' }],
        answers: [
          {
            kind: 'address',
            name: 'pxe.example.com',
            type: 'A',
            class: 'IN',
            ttl: 0,
            address: '10.188.0.10',
            text: '10.188.0.10',
          },
        ],
        authorities: [],
        additionals: [],
        trailing: new Uint8Array(0),
      },
    });
  });

  // By hand: RFC 1035 §3.3, RFC 3596 §2.2, RFC 2782, RFC 6891 §6.1.2, RFC 3597 §5.
  it.each([
    {
      bytes: ['001c 0001 00000005 0010', 'fe800000000000000000000000000001'],
      type: 'AAAA',
      kind: 'address',
      text: 'fe80::1',
    },
    { bytes: ['0005 0001 00000005 0003', '0162 00'], type: 'CNAME', kind: 'name', text: 'b' },
    { bytes: ['000f 0001 00000005 0005', '000a 0162 00'], type: 'MX', kind: 'mx', text: '10 b' },
    {
      bytes: ['0021 0001 00000005 0009', '0001 0002 0045 0162 00'],
      type: 'SRV',
      kind: 'srv',
      text: '1 2 69 b',
    },
    { bytes: ['0010 0001 00000005 0006', '026869 02c328'], type: 'TXT', kind: 'txt', text: '"hi" "\u00c3("' },
    {
      bytes: ['0006 0001 00000005 001a', '0162 00 0163 00 00000001 00000002 00000003 00000004 00000005'],
      type: 'SOA',
      kind: 'soa',
      text: 'b c 1 2 3 4 5',
    },
    { bytes: ['0041 0001 00000005 0003', '000100'], type: 'HTTPS', kind: 'unknown', text: '000100' },
    { bytes: ['fde9 0001 00000005 0001', 'ff'], type: 'TYPE65001', kind: 'unknown', text: 'ff' },
    { bytes: ['0001 0001 00000005 0003', '0a0000'], type: 'A', kind: 'unknown', text: '0a0000' },
  ])('reads $type as $kind', ({ bytes, ...record }) => {
    expect(read(response(bytes)).answers).toMatchObject([{ name: 'a', ttl: 5, class: 'IN', ...record }]);
  });

  it('keeps what it does not read of OPT: size in the class, flags in the ttl, options as octets', () => {
    const query = fromHex('0001 0100 0000 0000 0000 0001', '00 0029 1000 00008000 0004 000a0000');
    expect(read(query).additionals).toMatchObject([
      {
        kind: 'unknown',
        name: '.',
        type: 'OPT',
        class: 'CLASS4096',
        ttl: 0x8000,
        bytes: fromHex('000a0000'),
      },
    ]);
  });

  it('keeps octets behind the last record', () => {
    expect(read(fromHex('0001 0000 0000 0000 0000 0000', 'abcd')).trailing).toEqual(fromHex('abcd'));
  });

  it('gives a response code without a name its number', () => {
    expect(read(fromHex('0001 800f 0000 0000 0000 0000')).rcode).toBe('RCODE15');
    expect(read(fromHex('0001 8003 0000 0000 0000 0000')).rcode).toBe('NXDOMAIN');
  });

  it.each([
    { name: 'nothing', bytes: '', code: 'WIRE_TRUNCATED', field: 'id', offset: 0 },
    { name: 'half a header', bytes: '0001 0000 00', code: 'WIRE_TRUNCATED', field: 'QDCOUNT', offset: 4 },
    {
      name: 'no question',
      bytes: '0001 0000 0001 0000 0000 0000',
      code: 'WIRE_TRUNCATED',
      field: 'question 1 name',
      offset: 12,
    },
    {
      name: 'a label cut',
      bytes: '0001 0000 0001 0000 0000 0000 0361',
      code: 'WIRE_TRUNCATED',
      field: 'question 1 name',
      offset: 12,
    },
    {
      name: 'a question without class',
      bytes: '0001 0000 0001 0000 0000 0000 00 0001',
      code: 'WIRE_TRUNCATED',
      field: 'question 1 type',
      offset: 13,
    },
    {
      name: 'a name that points at itself',
      bytes: '0001 0000 0001 0000 0000 0000 c00c 0001 0001',
      code: 'WIRE_MALFORMED',
      field: 'question 1 name',
      offset: 12,
    },
    {
      name: 'a pointer cut in two',
      bytes: '0001 0000 0001 0000 0000 0000 c0',
      code: 'WIRE_TRUNCATED',
      field: 'question 1 name',
      offset: 12,
    },
    {
      name: 'a label of the reserved kind',
      bytes: '0001 0000 0001 0000 0000 0000 4001',
      code: 'WIRE_MALFORMED',
      field: 'question 1 name',
      offset: 12,
    },
    {
      name: 'record data cut',
      bytes: '0001 8000 0000 0001 0000 0000 00 0001 0001 00000000 0004 0abc',
      code: 'WIRE_TRUNCATED',
      field: 'answer 1 data',
      offset: 23,
    },
    {
      name: 'a CNAME that reaches beyond its data',
      bytes: '0001 8000 0000 0002 0000 0000 00 0005 0001 00000000 0002 0361 6200 00 0001 0001 00000000 0000',
      code: 'WIRE_TRUNCATED',
      field: 'answer 1 data',
      offset: 23,
    },
    {
      name: 'a text that reaches beyond its data',
      bytes: '0001 8000 0000 0000 0001 0000 00 0010 0001 00000000 0002 05ff',
      code: 'WIRE_TRUNCATED',
      field: 'authority 1 data',
      offset: 23,
    },
    {
      name: 'an MX without a name',
      bytes: '0001 8000 0000 0000 0000 0001 00 000f 0001 00000000 0002 000a',
      code: 'WIRE_TRUNCATED',
      field: 'additional 1 data',
      offset: 23,
    },
  ])('reports $code in $field at byte $offset for $name', ({ bytes, code, field, offset }) => {
    expect(parseDns(fromHex(bytes))).toMatchObject({ ok: false, error: { code, field, offset } });
  });

  it('never throws for a prefix of a message', () => {
    for (let n = 0; n < ANSWER.length; n++) expect(parseDns(ANSWER.subarray(0, n)).ok).toBe(false);
  });

  it('never throws for a message with octets changed, and writes back what it read or refuses', () => {
    const all = serializeDns({ isResponse: true, answers: RECORDS });
    const changed = fc
      .array(fc.record({ at: fc.nat(), to: fc.integer({ min: 0, max: 255 }) }), { maxLength: 5 })
      .map((changes) => {
        const bytes = all.slice();
        for (const { at, to } of changes) bytes[at % bytes.length] = to;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 80 })), (bytes) => {
        const parsed = parseDns(bytes);
        if (!parsed.ok) return;
        expect(formatDns(parsed.value)).not.toMatch(/\n|undefined/);
        try {
          expect(parseDns(serializeDns(parsed.value)).ok).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

const head = { name: 'pxe.example.com', class: 'IN', ttl: 60 };
const RECORDS: readonly DnsRecord[] = [
  { ...head, kind: 'address', type: 'A', address: ipv4('10.188.0.10'), text: '10.188.0.10' },
  { ...head, kind: 'address', type: 'AAAA', address: ipv6FromBytes(new Uint8Array(16)), text: '::' },
  { ...head, kind: 'name', type: 'CNAME', target: 'boot.example.com', text: 'boot.example.com' },
  { ...head, kind: 'mx', type: 'MX', preference: 5, exchange: 'm.example.com', text: '5 m.example.com' },
  { ...head, kind: 'srv', type: 'SRV', priority: 1, weight: 2, port: 69, target: 'x', text: '1 2 69 x' },
  {
    ...head,
    kind: 'soa',
    type: 'SOA',
    mname: 'ns.example.com',
    rname: 'root.example.com',
    serial: 1,
    refresh: 2,
    retry: 3,
    expire: 4,
    minimum: 5,
    text: 'ns.example.com root.example.com 1 2 3 4 5',
  },
  { ...head, kind: 'txt', type: 'TXT', strings: [fromHex('ff00'), fromHex('')], text: '"\u00ff\\u0000" ""' },
  { ...head, kind: 'unknown', type: 'TYPE65001', bytes: fromHex('0102'), text: '0102' },
  { ...head, kind: 'unknown', type: 'A', bytes: fromHex('0102'), text: '0102' },
  {
    name: '.',
    class: 'CLASS1232',
    ttl: 0x01008000,
    kind: 'unknown',
    type: 'OPT',
    bytes: fromHex('000a0001ff'),
    text: '000a0001ff',
  },
];

describe('serializeDns', () => {
  it('writes what parseDns reads back, for every kind of record in every section', () => {
    const message: DnsMessage = {
      id: 0xbeef,
      isResponse: true,
      opcode: 5,
      flags: {
        authoritative: true,
        truncated: true,
        recursionDesired: false,
        recursionAvailable: true,
        z: true,
        authenticData: false,
        checkingDisabled: true,
      },
      rcode: 'NXDOMAIN',
      questions: [
        { name: 'pxe.example.com', type: 'HTTPS', class: 'IN' },
        { name: '.', type: 'TYPE300', class: 'ANY' },
      ],
      answers: RECORDS,
      authorities: RECORDS.slice(5),
      additionals: RECORDS.slice(9),
      trailing: fromHex('ff'),
    };
    expect(read(serializeDns(message))).toEqual(message);
  });

  it('writes a query that the library reads alike', () => {
    const bytes = serializeDns({
      id: 7,
      questions: [{ name: 'pxe.example.com', type: 'AAAA', class: 'IN' }],
    });
    expect(dnsPacket.decode(Buffer.from(bytes))).toMatchObject({
      id: 7,
      type: 'query',
      questions: [{ name: 'pxe.example.com', type: 'AAAA', class: 'IN' }],
    });
  });

  it.each([
    {
      what: 'a label of 64 octets',
      message: { questions: [{ name: 'a'.repeat(64), type: 'A', class: 'IN' }] },
      field: 'name',
    },
    {
      what: 'an empty label',
      message: { questions: [{ name: 'a..b', type: 'A', class: 'IN' }] },
      field: 'name',
    },
    {
      what: 'a name of 256 octets',
      message: { questions: [{ name: `${'a.'.repeat(127)}bb`, type: 'A', class: 'IN' }] },
      field: 'name',
    },
    {
      what: 'a class of its own',
      message: { questions: [{ name: 'a', type: 'A', class: 'CLASS9' }] },
      field: 'class',
    },
    {
      what: 'a type no one knows',
      message: { questions: [{ name: 'a', type: 'B', class: 'IN' }] },
      field: 'type',
    },
    {
      what: 'a type beyond 16 bits',
      message: { questions: [{ name: 'a', type: 'TYPE65536', class: 'IN' }] },
      field: 'type',
    },
    { what: 'a response code no one knows', message: { rcode: 'OOPS' }, field: 'rcode' },
    { what: 'an id beyond 16 bits', message: { id: 65536 }, field: 'message' },
    {
      what: 'a text of 256 octets',
      message: { answers: [{ ...head, kind: 'txt', type: 'TXT', strings: [new Uint8Array(256)], text: '' }] },
      field: 'TXT data',
    },
    {
      what: 'half an option',
      message: {
        additionals: [
          { ...head, class: 'CLASS512', kind: 'unknown', type: 'OPT', bytes: fromHex('000a00'), text: '' },
        ],
      },
      field: 'OPT data',
    },
  ] as const)('throws WIRE_UNENCODABLE in $field for $what', ({ message, field }) => {
    expect(() => serializeDns(message)).toThrow(expect.objectContaining({ code: 'WIRE_UNENCODABLE', field }));
  });
});

describe('formatDns', () => {
  it('puts question and answer on one line', () => {
    expect(formatDns(read(ANSWER))).toBe('DNS response 0xfa47 A pxe.example.com NOERROR 10.188.0.10');
    expect(formatDns(read(serializeDns({ questions: [{ name: 'a\nb', type: 'A', class: 'IN' }] })))).toBe(
      'DNS query 0x0000 A a\\nb',
    );
  });
});
