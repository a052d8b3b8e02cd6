import { BOOTREQUEST, type DhcpMessage, parseDhcpMessage } from '../../wire/dhcp/message.ts';
import type { DhcpInput, DhcpOutput } from './dhcp-io.ts';

export type Datagram = Pick<Extract<DhcpInput, { kind: 'datagram' }>, 'bytes' | 'source'>;

/** A client's message, or what is to be said of octets that are none. */
export function readRequest(
  { bytes, source }: Datagram,
  protocol: string,
): { readonly request: DhcpMessage } | { readonly refused: readonly DhcpOutput[] } {
  const parsed = parseDhcpMessage(bytes);
  const because = !parsed.ok
    ? parsed.error.message
    : parsed.value.op !== BOOTREQUEST
      ? `op ${parsed.value.op} is no request`
      : 'no magic cookie';
  if (parsed.ok && parsed.value.op === BOOTREQUEST && parsed.value.cookie) return { request: parsed.value };
  return {
    refused: [{ kind: 'event', event: { stage: 'bad-input', protocol, client: source.address, because } }],
  };
}
