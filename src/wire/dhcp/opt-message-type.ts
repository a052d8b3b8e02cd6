/**
 * Option 53, DHCP Message Type: RFC 2132 §9.6.
 *
 *   | 53 | 1 | type:u8 |
 *
 * Codes 9 to 18 (RFC 3203, 4388, 6926, 7724) are kept as numbers: no netboot client sends them.
 */
import { type ParseResult, WireError } from '../wire-error.ts';
import { type DhcpMessage, optionData } from './message.ts';

const OPTION_MESSAGE_TYPE = 53;

export const MESSAGE_TYPE = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const;

export type MessageTypeName = keyof typeof MESSAGE_TYPE;

const NAMES: readonly (MessageTypeName | undefined)[] = [
  undefined,
  'discover',
  'offer',
  'request',
  'decline',
  'ack',
  'nak',
  'release',
  'inform',
];

/** The code of the message type; octets after the first are not looked at (the length is the checks' affair). */
export function parseMessageType(data: Uint8Array): ParseResult<number> {
  const code = data[0];
  if (code === undefined)
    return {
      ok: false,
      error: new WireError('WIRE_TRUNCATED', 0, 'DHCP message type', 'need 1 byte, have 0'),
    };
  return { ok: true, value: code };
}

export function serializeMessageType(type: MessageTypeName): Uint8Array {
  return Uint8Array.of(MESSAGE_TYPE[type]);
}

/** The code of a message's option 53, or undefined where there is none (BOOTP) or it is empty. */
export function messageTypeCode(message: DhcpMessage): number | undefined {
  return optionData(message, OPTION_MESSAGE_TYPE)?.[0];
}

/** The name of a message's option 53; undefined for BOOTP and for codes without a name here. */
export function messageTypeOf(message: DhcpMessage): MessageTypeName | undefined {
  const code = messageTypeCode(message);
  return code === undefined ? undefined : NAMES[code];
}

/** Name of a known code, or undefined. */
export function messageTypeName(code: number): MessageTypeName | undefined {
  return NAMES[code];
}

/** `DISCOVER` for 1; `type 13` for a code without a name here. */
export function formatMessageType(code: number): string {
  return NAMES[code]?.toUpperCase() ?? `type ${code}`;
}
