/** iSCSI PDUs out of one direction of a TCP stream: RFC 7143 §4.2.2 (framing is by the header's lengths alone). */
import { ByteReader, NO_BYTES, u16At } from '../bytes.ts';
import { WireError } from '../wire-error.ts';
import { ISCSI_OPCODE, type IscsiSender, iscsiOpcodeName, iscsiSender } from './opcode.ts';
import {
  BASIC_HEADER_OCTETS,
  type IscsiDigests,
  type IscsiHeader,
  type IscsiPdu,
  iscsiLengths,
  NO_DIGESTS,
  readIscsiHeader,
} from './pdu.ts';

/** Octets of a data segment that are kept: RFC 7143 §13.12 lets a login's be no longer than 8192. */
const KEPT_DATA = 16 * 1024;
/** Of TCP, by IANA. */
export const ISCSI_PORT = 3260;

export type IscsiItem =
  | {
      readonly kind: 'pdu';
      /** Position of its first octet in the stream. */
      readonly at: number;
      /** Its data may be shorter than its header says: disk blocks are not kept, nor what is too long or has a hole. */
      readonly pdu: IscsiPdu;
      /** Octets of it, behind the header, that the capture does not hold. */
      readonly missing: number;
    }
  /** Octets of which nobody knows to which PDU they belong: behind a gap up to where a PDU begins again. */
  | { readonly kind: 'skipped'; readonly octets: number }
  /** `error.offset` is a position in the stream. What follows is skipped up to where a PDU begins again. */
  | { readonly kind: 'error'; readonly error: WireError };

export type IscsiStreamOptions = {
  readonly sender: IscsiSender;
  /** Asked where a PDU begins. Left out: none. */
  readonly digests?: () => IscsiDigests;
  /** The stream begins somewhere inside: skip up to what looks like a PDU. */
  readonly midStream?: boolean;
};

/** The PDU that is being read. */
type Open = {
  readonly at: number;
  readonly header: IscsiHeader;
  readonly digests: IscsiDigests;
  readonly parts: readonly Part[];
  /** Index of the part that is being read, and how many octets of it were. */
  part: number;
  read: number;
  missing: number;
};
type Part = { readonly length: number; readonly kept: Uint8Array; hole: boolean };

const AHS = 0;
const HEADER_DIGEST = 1;
const DATA = 2;
const PADDING = 3;
const DATA_DIGEST = 4;

export class IscsiStream {
  readonly #sender: IscsiSender;
  readonly #digests: () => IscsiDigests;
  readonly #header = new Uint8Array(BASIC_HEADER_OCTETS);
  #headerOctets = 0;
  #open: Open | undefined;
  #lost: boolean;
  #closed = false;
  #at = 0;

  constructor(options: IscsiStreamOptions) {
    this.#sender = options.sender;
    this.#digests = options.digests ?? (() => NO_DIGESTS);
    this.#lost = options.midStream === true;
  }

  /** Position of the next octet. */
  get position(): number {
    return this.#at;
  }

  /** Never throws, whatever the octets. Read to the end: what one PDU says may change how the next is read (digests). */
  *push(chunk: Uint8Array): Generator<IscsiItem, void, undefined> {
    if (this.#closed) return;
    if (this.#lost && looksLikeIscsiPdu(chunk, this.#sender, this.#digests())) this.#lost = false;
    let at = 0;
    while (at < chunk.length && !this.#lost) {
      if (this.#open === undefined) {
        const taken = Math.min(BASIC_HEADER_OCTETS - this.#headerOctets, chunk.length - at);
        this.#header.set(chunk.subarray(at, at + taken), this.#headerOctets);
        this.#headerOctets += taken;
        at += taken;
        this.#at += taken;
        if (this.#headerOctets === BASIC_HEADER_OCTETS) yield* this.#begin();
      } else {
        const taken = this.#fill(this.#open, chunk.subarray(at));
        at += taken;
        this.#at += taken;
      }
      yield* this.#completed();
    }
    if (at < chunk.length) yield this.#skip(chunk.length - at);
  }

  /** So many octets are not known. A PDU whose header is known goes on behind them; else all is lost up to the next one. */
  *gap(octets: number): Generator<IscsiItem, void, undefined> {
    if (this.#closed) return;
    let left = octets;
    while (left > 0 && this.#open !== undefined) {
      const open = this.#open;
      const part = open.parts[open.part] as Part;
      const taken = Math.min(left, part.length - open.read);
      open.read += taken;
      open.missing += taken;
      if (taken > 0) part.hole = true;
      left -= taken;
      this.#at += taken;
      this.#nextPart(open);
      yield* this.#completed();
    }
    if (left === 0) return;
    const torn = this.#headerOctets;
    this.#headerOctets = 0;
    this.#lost = true;
    yield this.#skip(left, torn);
  }

  /** The stream ends, by whatever. */
  *end(): Generator<IscsiItem, void, undefined> {
    if (this.#closed) return;
    this.#closed = true;
    const open = this.#open;
    if (open !== undefined) {
      const have = open.parts.slice(0, open.part).reduce((sum, { length }) => sum + length, open.read);
      const need = open.parts.reduce((sum, { length }) => sum + length, 0);
      const name = iscsiOpcodeName(open.header.opcode) ?? 'PDU';
      yield* this.#fail(
        'WIRE_TRUNCATED',
        open.at,
        name,
        `need ${need} bytes behind its header, have ${have}`,
      );
    } else if (this.#headerOctets > 0) {
      const problem = `need ${BASIC_HEADER_OCTETS} bytes, have ${this.#headerOctets}`;
      yield* this.#fail('WIRE_TRUNCATED', this.#at - this.#headerOctets, 'basic header segment', problem);
    }
  }

  *#begin(): Generator<IscsiItem, void, undefined> {
    const at = this.#at - BASIC_HEADER_OCTETS;
    this.#headerOctets = 0;
    const header = readIscsiHeader(new ByteReader(this.#header.slice()));
    if (iscsiSender(header.opcode) !== this.#sender) {
      const got = `0x${header.opcode.toString(16).padStart(2, '0')}`;
      yield* this.#fail('WIRE_MALFORMED', at, 'opcode', `wanted one of the ${this.#sender}'s, got ${got}`);
      return;
    }
    const digests = this.#digests();
    const lengths = iscsiLengths(header, digests);
    const isBlocks = header.opcode === ISCSI_OPCODE.dataIn || header.opcode === ISCSI_OPCODE.dataOut;
    this.#open = {
      at,
      header,
      digests,
      parts: [
        part(lengths.ahs),
        part(lengths.headerDigest),
        part(header.dataSegmentLength, isBlocks ? 0 : KEPT_DATA),
        part(lengths.padding),
        part(lengths.dataDigest),
      ],
      part: 0,
      read: 0,
      missing: 0,
    };
    this.#nextPart(this.#open);
  }

  #fill(open: Open, bytes: Uint8Array): number {
    const { length, kept } = open.parts[open.part] as Part;
    const taken = Math.min(length - open.read, bytes.length);
    if (open.read < kept.length)
      kept.set(bytes.subarray(0, Math.min(taken, kept.length - open.read)), open.read);
    open.read += taken;
    this.#nextPart(open);
    return taken;
  }

  #nextPart(open: Open): void {
    while (open.part < open.parts.length && open.read === open.parts[open.part]?.length) {
      open.part++;
      open.read = 0;
    }
  }

  *#completed(): Generator<IscsiItem, void, undefined> {
    const open = this.#open;
    if (open === undefined || open.part < open.parts.length) return;
    this.#open = undefined;
    const whole = (index: number): Uint8Array => {
      const { kept, hole } = open.parts[index] as Part;
      return hole ? NO_BYTES : kept;
    };
    const pdu: IscsiPdu = {
      ...open.header,
      ahs: whole(AHS),
      headerDigest: digest(whole(HEADER_DIGEST)),
      data: whole(DATA),
      padding: whole(PADDING),
      dataDigest: digest(whole(DATA_DIGEST)),
    };
    yield { kind: 'pdu', at: open.at, pdu, missing: open.missing };
  }

  /** `before`: octets that were read already, of a header that a gap tears. */
  #skip(octets: number, before = 0): IscsiItem {
    this.#at += octets;
    return { kind: 'skipped', octets: octets + before };
  }

  *#fail(
    code: 'WIRE_MALFORMED' | 'WIRE_TRUNCATED',
    at: number,
    field: string,
    problem: string,
  ): Generator<IscsiItem, void, undefined> {
    this.#open = undefined;
    this.#headerOctets = 0;
    this.#lost = true;
    yield { kind: 'error', error: new WireError(code, at, field, problem) };
  }
}

function part(length: number, keep = length): Part {
  return { length, kept: length === 0 ? NO_BYTES : new Uint8Array(Math.min(length, keep)), hole: false };
}

function digest(octets: Uint8Array): number | undefined {
  return octets.length < 4 ? undefined : u16At(octets, 0) * 0x10000 + u16At(octets, 2);
}

/** RFC 7143 §11.12: how the first 48 octets of every session begin. Whole ones only, since one octet proves little. */
export function looksLikeIscsiLogin(bytes: Uint8Array): boolean {
  if (bytes.length < BASIC_HEADER_OCTETS) return false;
  const [first, flags = 0, , versionMin, ahs] = bytes;
  const zero = (from: number, to: number): boolean => bytes.subarray(from, to).every((octet) => octet === 0);
  return (
    (first === 0x43 || first === 0x03) &&
    (flags & 0x30) === 0 &&
    (flags & 0xc0) !== 0xc0 &&
    versionMin === 0 &&
    ahs === 0 &&
    zero(22, 24) &&
    zero(32, BASIC_HEADER_OCTETS)
  );
}

/**
 * A piece that begins with a header of this sender's, and whose PDUs lead from one to the next up to its end: disk blocks
 * that happen to begin like a header seldom do.
 */
export function looksLikeIscsiPdu(
  chunk: Uint8Array,
  sender: IscsiSender,
  digests: IscsiDigests = NO_DIGESTS,
): boolean {
  let at = 0;
  while (at + BASIC_HEADER_OCTETS <= chunk.length) {
    const header = readIscsiHeader(new ByteReader(chunk.subarray(at, at + BASIC_HEADER_OCTETS)));
    if (header.reservedBit || iscsiOpcodeName(header.opcode) === undefined) return false;
    if (iscsiSender(header.opcode) !== sender || !hasItsFlags(header)) return false;
    const { ahs, headerDigest, padding, dataDigest } = iscsiLengths(header, digests);
    at += BASIC_HEADER_OCTETS + ahs + headerDigest + header.dataSegmentLength + padding + dataDigest;
  }
  // Behind the end: its data go on in the next piece. Before it: a header that is cut in two, or something else.
  return at >= chunk.length && at > 0;
}

/** Bits that are reserved are not set, and F is where it always is: RFC 7143 §11.3, §11.4, §11.7. */
function hasItsFlags({ opcode, flags, totalAhsLength, immediate }: IscsiHeader): boolean {
  if (immediate && iscsiSender(opcode) === 'target') return false;
  switch (opcode) {
    case ISCSI_OPCODE.scsiCommand:
      return (flags & 0x18) === 0;
    case ISCSI_OPCODE.dataIn:
      return (flags & 0x38) === 0 && totalAhsLength === 0;
    case ISCSI_OPCODE.scsiResponse:
      return (flags & 0xe1) === 0x80 && totalAhsLength === 0;
    case ISCSI_OPCODE.dataOut:
      return (flags & 0x7f) === 0 && totalAhsLength === 0;
    case ISCSI_OPCODE.nopOut:
    case ISCSI_OPCODE.nopIn:
    case ISCSI_OPCODE.readyToTransfer:
    case ISCSI_OPCODE.asyncMessage:
    case ISCSI_OPCODE.reject:
      return flags === 0x80 && totalAhsLength === 0;
    default:
      return totalAhsLength === 0;
  }
}
