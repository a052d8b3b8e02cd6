import { type Ipv4Address, parseIpv4, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { latin1 } from '../../wire/bytes.ts';
import { type DhcpMessage, optionData, serverName } from '../../wire/dhcp/message.ts';

const OPTION_SERVER_NAME = 66;

/** All that an answer says of the server to load from: siaddr, sname and option 66, each once, in that order. */
export function nextServersOf(message: DhcpMessage): readonly string[] {
  const data = optionData(message, OPTION_SERVER_NAME);
  const option = data === undefined ? '' : latin1(data).replace(/\0.*$/s, '');
  const address = message.siaddr === UNSPECIFIED_IPV4 ? '' : message.siaddr;
  return [...new Set([address, option, serverName(message)])].filter((name) => name !== '');
}

/** The first of them that is an address. */
export function nextServerAddress(message: DhcpMessage): Ipv4Address | undefined {
  return nextServersOf(message)
    .map(parseIpv4)
    .find((address) => address !== undefined);
}
