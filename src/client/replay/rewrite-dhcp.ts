import { type Ipv4Address, ipv4FromBytes, ipv4ToBytes } from '../../wire/address.ts';
import { type DhcpMessage, OFFSET } from '../../wire/dhcp/message.ts';
import type { Role, Roles } from './roles.ts';

const OPTION = { requestedAddress: 50, serverId: 54 } as const;
const ADDRESS_LENGTH = 4;

export type Renewed = {
  readonly xid: number;
  readonly secs: number;
  readonly giaddr: Ipv4Address;
};

/**
 * The client's message octet by octet, but for what a server chose: ciaddr, the requested address (50) and the server
 * identifier (54); and for what is renewed by choice. Option 61 stays, whatever is renewed: the client is the same.
 */
export function rewriteDhcp(
  payload: Uint8Array,
  message: DhcpMessage,
  roles: Roles,
  { xid, secs, giaddr }: Renewed,
): Uint8Array {
  const bytes = payload.slice();
  const put = (at: number, role: Role): void => {
    const recorded: Ipv4Address = ipv4FromBytes(bytes, at);
    bytes.set(ipv4ToBytes(roles.of(recorded, role)), at);
  };
  put(OFFSET.ciaddr, 'client');
  for (const { code, data, offset } of message.options) {
    if (data.length !== ADDRESS_LENGTH) continue;
    // Behind the code and the length.
    if (code === OPTION.requestedAddress) put(offset + 2, 'client');
    if (code === OPTION.serverId) put(offset + 2, 'server');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(OFFSET.xid, xid);
  view.setUint16(OFFSET.secs, secs);
  bytes.set(ipv4ToBytes(giaddr), OFFSET.giaddr);
  return bytes;
}
