/** What checks of DHCP replies have in common. */
import { isBootServer } from '../../story/boot-server.ts';
import { toHex } from '../../wire/bytes.ts';
import { type DhcpMessage, optionData, optionInstances } from '../../wire/dhcp/message.ts';
import { optionName } from '../../wire/dhcp/option-codes.ts';
import { type Check, fail, NOT_APPLICABLE, PASS, type Verdict } from '../check.ts';
import type { DhcpReply } from '../observe.ts';

export type ReplyCheck = Check<'dhcpReplies'>;

/** Of a check of what servers answer. */
export const SERVER_REPLY = { subject: 'server', on: 'dhcpReplies' } as const;

/** OFFER, ACK and NAK of a DHCP or proxyDHCP server: no BOOTP, no boot server. */
export function isDhcp({ type, event }: DhcpReply): boolean {
  return type !== 'bootp' && !isBootServer(event);
}

/** An OFFER without an address stands beside another server's: PXE 2.1 §2.2.1 step 2. */
export function isProxyOffer(reply: DhcpReply): boolean {
  return reply.type === 'offer' && reply.message.yiaddr === '0.0.0.0';
}

/** First the request's frame, where there is one, then the reply's. */
function framesOf({ event, request }: DhcpReply): readonly number[] {
  return [...(request?.event.frames ?? []), ...event.frames];
}

/** As check.ts has it, with the frames of request and reply. */
export function holds(isHeld: boolean, reply: DhcpReply, expected: string, actual: () => string): Verdict {
  return isHeld ? PASS : fail(expected, actual(), framesOf(reply));
}

/** A field that a reply copies from what it answers. */
export function copied(
  reply: DhcpReply,
  field: string,
  of: (message: DhcpMessage) => string | number,
): Verdict {
  if (reply.request === undefined) return NOT_APPLICABLE;
  const wanted = of(reply.request.message);
  const got = of(reply.message);
  return holds(got === wanted, reply, `${field} ${wanted}, as the client sent it`, () => `${field} ${got}`);
}

/** An option that may not be there. */
export function without(reply: DhcpReply, code: number): Verdict {
  return holds(
    optionData(reply.message, code) === undefined,
    reply,
    `no option ${code} (${optionName(code)})`,
    () => `option ${code}: ${shown(optionData(reply.message, code))}`,
  );
}

/** An option that has to be there once, with so many octets. */
export function withOne(reply: DhcpReply, code: number, length: number): Verdict {
  const instances = optionInstances(reply.message, code);
  const [first] = instances;
  return holds(
    instances.length === 1 && first?.data.length === length,
    reply,
    `option ${code} (${optionName(code)}) once, of ${length} octets`,
    () =>
      first === undefined
        ? `no option ${code}`
        : `${instances.length} times: ${instances.map(({ data }) => shown(data)).join(', ')}`,
  );
}

/** Octets as people compare them. */
export function shown(octets: Uint8Array | undefined): string {
  return octets === undefined ? 'absent' : octets.length === 0 ? 'empty' : toHex(octets);
}
