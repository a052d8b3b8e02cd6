import { type Ipv4Address, ipv4FromBytes, ipv4ToBytes } from '../../wire/address.ts';
import { type DhcpMessage, OFFSET } from '../../wire/dhcp/message.ts';
import type { Roles } from './roles.ts';

const OPTION = { requestedAddress: 50, serverId: 54 } as const;
const ADDRESS_LENGTH = 4;

/**
 * The client's message octet by octet, but for what a server chose: ciaddr, the requested address (50) and the server
 * identifier (54). `xid` replaces the recorded one.
 */
export function rewriteDhcp(
  payload: Uint8Array,
  message: DhcpMessage,
  roles: Roles,
  xid: number | undefined,
): Uint8Array {
  const bytes = payload.slice();
  const put = (at: number): void => {
    const recorded: Ipv4Address = ipv4FromBytes(bytes, at);
    bytes.set(ipv4ToBytes(roles.of(recorded)), at);
  };
  put(OFFSET.ciaddr);
  for (const { code, data, offset } of message.options) {
    const chosen = code === OPTION.requestedAddress || code === OPTION.serverId;
    // Behind the code and the length.
    if (chosen && data.length === ADDRESS_LENGTH) put(offset + 2);
  }
  if (xid !== undefined) new DataView(bytes.buffer).setUint32(OFFSET.xid, xid);
  return bytes;
}
