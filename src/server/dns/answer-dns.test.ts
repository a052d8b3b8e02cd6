import { Buffer } from 'node:buffer';
import dnsPacket, { type Packet } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4 } from '../../wire/address.ts';
import { answerDns } from './answer-dns.ts';
import { dnsZone } from './zone.ts';

const zone = dnsZone({
  origin: 'example.com',
  ttl: 30,
  hosts: {
    'pxe.example.com': ipv4('10.188.0.10'),
    'Big.Example.Com.': Array.from({ length: 60 }, (_, i) => ipv4(`10.0.0.${i}`)),
    'a.b.example.com': [ipv4('10.188.0.30'), ipv4('10.188.0.31')],
  },
});

function ask(packet: Packet, patch?: (bytes: Buffer) => void) {
  const query = dnsPacket.encode({ type: 'query', id: 0x1234, ...packet });
  patch?.(query);
  const answer = answerDns(query, zone);
  if (answer === undefined) return undefined;
  const bytes = Buffer.from(answer);
  const decoded = dnsPacket.decode(bytes) as ReturnType<typeof dnsPacket.decode> & { rcode: string };
  return { bytes, ...decoded };
}
const question = (name: string, type: 'A' | 'AAAA' | 'MX' | 'SOA' = 'A'): Packet => ({
  questions: [{ type, name }],
});

describe('answerDns', () => {
  it('answers A with authority and the letter case of the question', () => {
    expect(ask({ flags: dnsPacket.RECURSION_DESIRED, ...question('PXE.example.COM') })).toMatchObject({
      id: 0x1234,
      type: 'response',
      rcode: 'NOERROR',
      flag_aa: true,
      flag_rd: true,
      flag_ra: false,
      questions: [{ type: 'A', name: 'PXE.example.COM' }],
      answers: [{ type: 'A', name: 'PXE.example.COM', ttl: 30, data: '10.188.0.10' }],
      authorities: [],
    });
  });

  it('writes the name of an answer as a pointer to the question, without which EDK2 takes none', () => {
    const { bytes } = ask(question('a.b.example.com')) ?? { bytes: Buffer.alloc(0) };
    const firstAnswer = 12 + 'a.b.example.com'.length + 2 + 4;
    expect(bytes.toString('hex', firstAnswer)).toBe(
      `${'c00c00010001'}${'0000001e'}${'0004'}0abc001e${'c00c00010001'}${'0000001e'}${'0004'}0abc001f`,
    );
  });

  it('gives every address of a name, in order', () => {
    expect(ask(question('a.b.example.com'))?.answers).toMatchObject([
      { data: '10.188.0.30' },
      { data: '10.188.0.31' },
    ]);
  });

  it.each([
    { name: 'AAAA of a known name', query: question('pxe.example.com', 'AAAA'), rcode: 'NOERROR' },
    { name: 'an unknown name', query: question('nobody.example.com'), rcode: 'NXDOMAIN' },
    { name: 'a name with names below it', query: question('b.example.com'), rcode: 'NOERROR' },
    { name: 'the origin', query: question('example.com'), rcode: 'NOERROR' },
  ])('says $rcode with the SOA and no answer for $name', ({ query, rcode }) => {
    expect(ask(query)).toMatchObject({
      rcode,
      flag_aa: true,
      answers: [],
      authorities: [{ type: 'SOA', name: 'example.com', data: { minimum: 30 } }],
    });
  });

  it('refuses a name outside the zone and another class', () => {
    expect(ask(question('pxe.example.org'))).toMatchObject({ rcode: 'REFUSED', flag_aa: false, answers: [] });
    expect(ask({ questions: [{ type: 'A', class: 'CH', name: 'pxe.example.com' }] })).toMatchObject({
      rcode: 'REFUSED',
    });
  });

  it('is the authority for every name when the origin is the root', () => {
    const root = dnsZone({ origin: '.', hosts: { 'pxe.example.com': ipv4('10.188.0.10') } });
    const reply = answerDns(dnsPacket.encode({ type: 'query', ...question('debian.org') }), root);
    expect(dnsPacket.decode(Buffer.from(reply ?? []))).toMatchObject({
      rcode: 'NXDOMAIN',
      authorities: [{ type: 'SOA', name: '.' }],
    });
  });

  it('answers the SOA of the origin', () => {
    expect(ask(question('example.com', 'SOA'))?.answers).toMatchObject([{ type: 'SOA' }]);
  });

  it('returns OPT to a client that sent one, and only to that', () => {
    const opt = { type: 'OPT', name: '.', udpPayloadSize: 4096, flags: 0, options: [] } as never;
    expect(ask({ ...question('pxe.example.com'), additionals: [opt] })?.additionals).toMatchObject([
      { type: 'OPT', udpPayloadSize: 1232 },
    ]);
    expect(ask(question('pxe.example.com'))?.additionals).toEqual([]);
  });

  it('says BADVERS to an EDNS version it does not know', () => {
    const opt = {
      type: 'OPT',
      name: '.',
      udpPayloadSize: 4096,
      ednsVersion: 1,
      flags: 0,
      options: [],
    } as never;
    expect(ask({ ...question('pxe.example.com'), additionals: [opt] })).toMatchObject({
      answers: [],
      additionals: [{ type: 'OPT', extendedRcode: 1, ednsVersion: 0 }],
    });
  });

  it('sets TC and sends no half list when the answer exceeds what the client takes', () => {
    const cut = ask(question('big.example.com'));
    expect(cut).toMatchObject({ flag_tc: true, answers: [], questions: [{ name: 'big.example.com' }] });
    expect(cut?.bytes.length).toBeLessThanOrEqual(512);
  });

  it('says NOTIMP to other operations and FORMERR to no, two or cut-off questions', () => {
    expect(ask(question('pxe.example.com'), (bytes) => bytes.writeUInt16BE(0x2800, 2))).toMatchObject({
      rcode: 'NOTIMP',
      questions: [],
    });
    expect(ask({})).toMatchObject({ rcode: 'FORMERR' });
    expect(ask({ questions: [0, 1].map(() => ({ type: 'A', name: 'pxe.example.com' })) })).toMatchObject({
      rcode: 'FORMERR',
    });
    expect(ask(question('pxe.example.com'), (bytes) => bytes.writeUInt8(63, 12))).toMatchObject({
      rcode: 'FORMERR',
    });
    expect(ask(question('pxe.example.com'), (bytes) => bytes.writeUInt8(0xc0, 12))).toMatchObject({
      rcode: 'FORMERR',
    });
    // An additional record is announced and not there.
    expect(ask(question('pxe.example.com'), (bytes) => bytes.writeUInt16BE(1, 10))).toMatchObject({
      rcode: 'FORMERR',
      questions: [{ name: 'pxe.example.com' }],
    });
  });

  it('gives back octet by octet a question whose labels are no text', () => {
    const label = Buffer.from([4, 0xff, 0x2e, 0x00, 0xfe]);
    const head = dnsPacket.encode({ type: 'query', id: 7 });
    head.writeUInt16BE(1, 4);
    const asked = Buffer.concat([label, Buffer.from([0, 0, 1, 0, 1])]);
    const reply = Buffer.from(answerDns(Buffer.concat([head, asked]), zone) ?? []);
    expect(reply.subarray(12, 12 + asked.length)).toEqual(asked);
  });

  it('keeps silent on responses and on less than a header', () => {
    const query = dnsPacket.encode({ type: 'query', ...question('pxe.example.com') });
    expect(
      answerDns(dnsPacket.encode({ type: 'response', ...question('pxe.example.com') }), zone),
    ).toBeUndefined();
    for (let length = 0; length < 12; length++)
      expect(answerDns(query.subarray(0, length), zone)).toBeUndefined();
  });

  it('never throws, and answers with the id of the query and at most 1232 octets', () => {
    const header = fc.tuple(fc.nat(0xffff), fc.nat(0xffff), fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3));
    const labels = fc.array(fc.constantFrom('pxe', 'example', 'com', 'big', '.', ''), { maxLength: 6 });
    const structured = fc
      .tuple(header, labels, fc.uint8Array({ maxLength: 40 }))
      .map(([fields, names, tail]) =>
        Buffer.concat([
          Buffer.from(fields.flatMap((field) => [field >> 8, field & 255])),
          ...names.map((name) => Buffer.concat([Buffer.from([name.length]), Buffer.from(name)])),
          tail,
        ]),
      );
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 600 }), structured), (bytes) => {
        const reply = answerDns(bytes, zone);
        if (reply === undefined) return;
        expect([...reply.subarray(0, 2)]).toEqual([...bytes.subarray(0, 2)]);
        expect(reply.length).toBeLessThanOrEqual(1232);
      }),
      { numRuns: 2000 },
    );
  });
});
