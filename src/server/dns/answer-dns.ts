/**
 * Authoritative DNS answers for one zone: RFC 1035 §4.1 (messages), RFC 2308 §2 (negative answers carry the SOA),
 * RFC 4343 (letter case), RFC 6891 §6 (OPT), RFC 8020 §2 (empty names exist), RFC 8482 §4 (ANY).
 *
 * Not handled: recursion, zone transfers, CNAME, anything but class IN.
 */
import { Buffer } from 'node:buffer';
import dnsPacket, { type Answer, type Question } from 'dns-packet';
import { canonicalName, isWithin, type Zone } from './zone.ts';

const HEADER_OCTETS = 12;
/** RFC 1035 §4.2.1: what a client without EDNS can take over UDP. */
const CLASSIC_UDP_OCTETS = 512;
/** What we say we can take, and the most we send: no fragments on a 1500 octet link. */
const EDNS_UDP_OCTETS = 1232;

const RCODE = { noError: 0, formErr: 1, nxDomain: 3, notImp: 4, refused: 5 } as const;
/** RFC 6891 §6.1.3: 16, split in 1 (in the OPT record) and 0 (in the header). */
const BADVERS_EXTENDED = 1;
const FLAG_TC = 0x0200;
const FLAG_AA = 0x0400;
const FLAG_RD = 0x0100;

type Reply = {
  readonly rcode: number;
  readonly authoritative?: boolean;
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly extendedRcode?: number;
};

/**
 * The answer to one UDP query, or undefined where silence is right: for less than a header and for responses,
 * which two servers would else send to and fro for ever. Never throws, whatever the bytes.
 */
export function answerDns(query: Uint8Array, zone: Zone): Uint8Array | undefined {
  if (query.length < HEADER_OCTETS) return undefined;
  const bytes = Buffer.from(query.buffer, query.byteOffset, query.byteLength);
  const flags = bytes.readUInt16BE(2);
  if (flags >> 15 === 1) return undefined;
  if (((flags >> 11) & 0xf) !== 0) return message(bytes, flags, undefined, { rcode: RCODE.notImp });
  // RFC 9619 §4: a QUERY holds one question.
  if (bytes.readUInt16BE(4) !== 1) return message(bytes, flags, undefined, { rcode: RCODE.formErr });

  const question = questionOctets(bytes);
  if (question === undefined) return message(bytes, flags, undefined, { rcode: RCODE.formErr });
  let decoded: ReturnType<typeof dnsPacket.decode>;
  try {
    decoded = dnsPacket.decode(bytes);
  } catch {
    return message(bytes, flags, question, { rcode: RCODE.formErr });
  }
  const opt = decoded.additionals?.find((record) => record.type === 'OPT');
  const limit = opt === undefined ? CLASSIC_UDP_OCTETS : clampUdpSize(opt.udpPayloadSize);
  const asked = decoded.questions?.[0];
  if (asked === undefined)
    return message(bytes, flags, question, { rcode: RCODE.formErr }, opt !== undefined);
  const reply: Reply =
    opt !== undefined && opt.ednsVersion !== 0
      ? { rcode: RCODE.noError, extendedRcode: BADVERS_EXTENDED }
      : lookUp(asked, zone);
  return message(bytes, flags, question, reply, opt !== undefined, limit);
}

function lookUp(question: Question, zone: Zone): Reply {
  const name = canonicalName(question.name);
  if ((question.class !== 'IN' && question.class !== 'ANY') || !isWithin(name, zone.origin)) {
    return { rcode: RCODE.refused };
  }
  const addresses = zone.hosts.get(name);
  if (addresses !== undefined && (question.type === 'A' || isAny(question.type))) {
    const answers = addresses.map(
      // The name as it was asked, letter case included: resolvers that mix the case compare it.
      (data): Answer => ({ type: 'A', class: 'IN', name: question.name, ttl: zone.ttl, data }),
    );
    return { rcode: RCODE.noError, authoritative: true, answers };
  }
  if (question.type === 'SOA' && name === zone.origin) {
    return { rcode: RCODE.noError, authoritative: true, answers: [soa(zone)] };
  }
  const exists = addresses !== undefined || zone.emptyNames.has(name);
  return {
    rcode: exists ? RCODE.noError : RCODE.nxDomain,
    authoritative: true,
    authorities: [soa(zone)],
  };
}

/** dns-packet's name for QTYPE 255, which its types do not list. */
function isAny(type: string): boolean {
  return type === 'ANY';
}

function soa(zone: Zone): Answer {
  const below = zone.origin === '.' ? '' : `.${zone.origin}`;
  return {
    type: 'SOA',
    class: 'IN',
    name: zone.origin,
    ttl: zone.ttl,
    data: {
      mname: `ns${below}`,
      rname: `hostmaster${below}`,
      serial: 1,
      refresh: 3600,
      retry: 600,
      expire: 86_400,
      minimum: zone.ttl,
    },
  };
}

function clampUdpSize(offered: number): number {
  // RFC 6891 §6.2.3: less than 512 is 512.
  return Math.max(CLASSIC_UDP_OCTETS, Math.min(EDNS_UDP_OCTETS, offered));
}

/**
 * The question as it came, so that it goes back octet by octet (labels need not be text).
 * A compression pointer there could only point into the header: no question then.
 */
function questionOctets(query: Buffer): Buffer | undefined {
  let at = HEADER_OCTETS;
  for (;;) {
    const length = query[at];
    if (length === undefined || length > 63) return undefined;
    at += 1 + length;
    if (length === 0) break;
  }
  const end = at + 4;
  return end > query.length ? undefined : query.subarray(HEADER_OCTETS, end);
}

/** RFC 1035 §4.1.4: a pointer to the name of the question, which stands right behind the header. */
const NAME_OF_QUESTION = Buffer.from([0xc0, HEADER_OCTETS]);
/** The root's name, which holds the place of the pointer. */
const ROOT_OCTETS = 1;

/**
 * A record whose name is the one that was asked for, as a pointer to it: EDK2 takes no answer with a name written out
 * (DnsImpl.c), and UEFI HTTP boot fails then. dns-packet compresses nothing.
 */
function answerToQuestion(answer: Answer): Buffer {
  const record = dnsPacket.encode({ type: 'response', answers: [{ ...answer, name: '.' }] });
  return Buffer.concat([NAME_OF_QUESTION, record.subarray(HEADER_OCTETS + ROOT_OCTETS)]);
}

function message(
  query: Buffer,
  queryFlags: number,
  question: Buffer | undefined,
  reply: Reply,
  withOpt = false,
  limit = CLASSIC_UDP_OCTETS,
): Uint8Array {
  const flags = (queryFlags & FLAG_RD) | (reply.authoritative === true ? FLAG_AA : 0) | reply.rcode;
  const opt: Answer = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: EDNS_UDP_OCTETS,
    extendedRcode: reply.extendedRcode ?? 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
  const build = (extraFlags: number, answers: readonly Answer[], authorities: readonly Answer[]): Buffer => {
    const records = dnsPacket.encode({
      type: 'response',
      id: query.readUInt16BE(0),
      flags: flags | extraFlags,
      questions: [],
      authorities: [...authorities],
      additionals: withOpt ? [opt] : [],
    });
    if (question === undefined) return records;
    const whole = Buffer.concat([
      records.subarray(0, HEADER_OCTETS),
      question,
      ...answers.map(answerToQuestion),
      records.subarray(HEADER_OCTETS),
    ]);
    whole.writeUInt16BE(1, 4);
    whole.writeUInt16BE(answers.length, 6);
    return whole;
  };
  const full = build(0, reply.answers ?? [], reply.authorities ?? []);
  return full.length <= limit ? full : build(FLAG_TC, [], []);
}
