/**
 * Which options a reply holds, in which order, and what goes when there is no room: RFC 2131 §4.3.1 and Table 3,
 * RFC 2132 §3.3 (1 before 3), §9.3 (overload), §9.8 (the client's order), §9.10 (its maximum size).
 */
import { encodedOptionLength, type OptionToSend, rawOptions } from '../../wire/dhcp/build-message.ts';
import { type DhcpMessage, OFFSET, type OptionArea, optionData } from '../../wire/dhcp/message.ts';
import { parseU16 } from '../../wire/dhcp/opt-numbers.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';

/** Without these a client gets no network or no boot file: they go last when room runs out. */
const ESSENTIAL: ReadonlySet<number> = new Set([
  OPTION.subnetMask,
  OPTION.router,
  OPTION.domainNameServer,
  OPTION.vendorSpecific,
  OPTION.vendorClass,
  OPTION.bootFileName,
]);
const IP_AND_UDP_HEADERS = 28;
/** RFC 2132 §9.10: the least a client takes, as an IP datagram (RFC 2131 §2); and the most that is not fragmented. */
const LEAST_DATAGRAM = 576;
const LARGEST_DATAGRAM = 1500;

export type ReplyOptions = {
  /** 53, 54 and 51: first, in every reply that has them. */
  readonly head: readonly OptionToSend[];
  /** What there is to say if the client asks. */
  readonly known: ReadonlyMap<number, Uint8Array>;
  /** Sent though not asked for. */
  readonly unasked: Iterable<number>;
  /** Echoes: 97, 61 and, as the last of all, 82 (RFC 3046 §2.2). */
  readonly tail: readonly OptionToSend[];
  /** Fields that may hold options where there is no room for all (option 52): `file` before `sname`. */
  readonly overload: readonly OverloadArea[];
};

export type OverloadArea = 'file' | 'sname';

/** Octets for options: END is the last (RFC 2131 §4.1). */
const AREA_ROOM: Readonly<Record<OverloadArea, number>> = { file: 127, sname: 63 };
/** Option 52 itself. */
const OVERLOAD_OCTETS = 3;

/** Codes of option 55, each once, in the client's order; undefined: the client sent no list. */
export function requestedCodes(message: DhcpMessage): readonly number[] | undefined {
  const list = optionData(message, OPTION.parameterRequestList);
  if (list === undefined || list.length === 0) return undefined;
  const codes: number[] = [];
  for (const code of list) if (!codes.includes(code)) codes.push(code);
  return codes;
}

/** Octets the DHCP message may have. Read as an IP datagram's size: the smaller of the two readings that are in use. */
function messageLimit(message: DhcpMessage): number {
  const size = optionData(message, OPTION.maximumMessageSize);
  const asked = size === undefined ? undefined : parseU16(size);
  const datagram = asked?.ok === true ? asked.value : LEAST_DATAGRAM;
  return Math.min(LARGEST_DATAGRAM, Math.max(LEAST_DATAGRAM, datagram)) - IP_AND_UDP_HEADERS;
}

/** The options of a reply to `request`, ready for buildDhcpMessage. Lists are short: they are searched, not indexed. */
export function orderOptions(
  request: DhcpMessage,
  { head, known, unasked, tail, overload }: ReplyOptions,
): readonly (OptionToSend | ReturnType<typeof rawOptions>)[] {
  const middle: OptionToSend[] = [];
  const asked = requestedCodes(request) ?? [...known.keys()];
  const add = (code: number): void => {
    if (includesCode(middle, code) || includesCode(head, code)) return;
    const data = known.get(code);
    if (data === undefined) return;
    // RFC 2132 §3.3: the mask comes first even if the client lists it later.
    if (code === OPTION.router && asked.includes(OPTION.subnetMask)) add(OPTION.subnetMask);
    middle.push({ code, data });
  };
  for (const code of asked) add(code);
  for (const code of unasked) add(code);

  const room = messageLimit(request) - OFFSET.options - 1;
  const length = totalLength(head) + totalLength(middle) + totalLength(tail);
  const spread =
    length > room && overload.length > 0
      ? spreadOver(overload, head, middle, tail, room - OVERLOAD_OCTETS)
      : undefined;
  if (spread !== undefined) return spread;
  const fitting =
    length > room ? withinRoom(head, middle, tail, length, room) : [...head, ...middle, ...tail];
  if (!includesCode(fitting, OPTION.bootFileName) || totalLength(fitting) >= room) return fitting;
  // Some old ROMs read the name in 67 up to a zero octet: a PAD behind it is one.
  return fitting.flatMap((option) =>
    option.code === OPTION.bootFileName ? [option, rawOptions(Uint8Array.of(0))] : [option],
  );
}

function includesCode(options: readonly OptionToSend[], code: number): boolean {
  for (const option of options) if (option.code === code) return true;
  return false;
}

/**
 * Options that find no room go into `file`, then into `sname`, each whole; what fits nowhere is left out. In the order of
 * need, so that the mask, which is before the router, never comes to stand behind it. Echoes stay in the options field: 82
 * must (RFC 3046 §2.2). Undefined: it would not help.
 */
function spreadOver(
  areas: readonly OverloadArea[],
  head: readonly OptionToSend[],
  middle: readonly OptionToSend[],
  tail: readonly OptionToSend[],
  room: number,
): readonly OptionToSend[] | undefined {
  const rooms: [OptionArea, number][] = [['options', room - totalLength(head) - totalLength(tail)]];
  for (const area of areas) rooms.push([area, AREA_ROOM[area]]);
  if ((rooms[0]?.[1] ?? 0) < 0) return undefined;
  const placed = new Map<OptionToSend, OptionArea>();
  const byNeed = [
    ...middle.filter(({ code }) => ESSENTIAL.has(code)),
    ...middle.filter(({ code }) => !ESSENTIAL.has(code)),
  ];
  for (const option of byNeed) {
    const length = encodedOptionLength(option.data);
    const found = rooms.find(([, left]) => length <= left);
    if (found === undefined) continue;
    found[1] -= length;
    placed.set(option, found[0]);
  }
  if ([...placed.values()].every((area) => area === 'options')) return undefined;
  const spread = middle.flatMap((option): OptionToSend[] => {
    const area = placed.get(option);
    return area === undefined ? [] : [{ ...option, area }];
  });
  return [...head, ...spread, ...tail];
}

/** Leaves out what does not fit: asked-for extras from the end of the client's list on, then 82, 97, 61, then the rest. */
function withinRoom(
  head: readonly OptionToSend[],
  middle: readonly OptionToSend[],
  tail: readonly OptionToSend[],
  wanted: number,
  room: number,
): readonly OptionToSend[] {
  const dispensable = [
    ...middle.filter(({ code }) => !ESSENTIAL.has(code)).reverse(),
    ...tail.toReversed(),
    ...middle.filter(({ code }) => ESSENTIAL.has(code) && code !== OPTION.bootFileName).reverse(),
  ];
  const all = [...head, ...middle, ...tail];
  let length = wanted;
  const dropped = new Set<OptionToSend>();
  for (const option of dispensable) {
    if (length <= room) break;
    dropped.add(option);
    length -= encodedOptionLength(option.data);
  }
  return dropped.size === 0 ? all : all.filter((option) => !dropped.has(option));
}

function totalLength(options: readonly OptionToSend[]): number {
  let length = 0;
  for (const { data } of options) length += encodedOptionLength(data);
  return length;
}
