/** One line of text for a DHCP or BOOTP message: the fields that matter for booting, in the order of the message. */
import { ipv4FromBytes, UNSPECIFIED_IPV4 } from '../address.ts';
import { latin1, toHex } from '../bytes.ts';
import {
  BOOTREPLY,
  BOOTREQUEST,
  BROADCAST_FLAG,
  clientMac,
  type DhcpMessage,
  fileName,
  optionData,
  serverName,
} from './message.ts';
import { formatMessageType, messageTypeCode } from './opt-message-type.ts';
import { quoteText } from './opt-text.ts';

/** One line, for logs and reports: `OFFER 00:12:34:56:78:90 xid 71ceb4 yiaddr 10.188.0.66 file "undionly.kpxe"`. */
export function formatDhcpMessage(message: DhcpMessage): string {
  const type = messageTypeCode(message);
  const kind =
    type !== undefined
      ? formatMessageType(type)
      : message.op === BOOTREQUEST
        ? 'BOOTREQUEST'
        : message.op === BOOTREPLY
          ? 'BOOTREPLY'
          : `op ${message.op}`;
  const parts = [kind, hardwareAddress(message), `xid ${message.xid.toString(16).padStart(8, '0')}`];
  if (message.hops !== 0) parts.push(`hops ${message.hops}`);
  if (message.secs !== 0) parts.push(`secs ${message.secs}`);
  if (message.flags !== 0)
    parts.push(message.flags === BROADCAST_FLAG ? 'broadcast' : `flags 0x${message.flags.toString(16)}`);
  for (const field of ['ciaddr', 'yiaddr', 'siaddr', 'giaddr'] as const)
    if (message[field] !== UNSPECIFIED_IPV4) parts.push(`${field} ${message[field]}`);
  const requested = optionData(message, 50);
  if (requested?.length === 4) parts.push(`requested ${ipv4FromBytes(requested)}`);
  const server = optionData(message, 54);
  if (server?.length === 4) parts.push(`server ${ipv4FromBytes(server)}`);
  const sname = serverName(message);
  if (sname !== '') parts.push(`sname ${quoteText(sname)}`);
  const file = fileName(message);
  if (file !== '') parts.push(`file ${quoteText(file)}`);
  const bootFile = optionData(message, 67);
  if (bootFile !== undefined) parts.push(`bootfile ${quoteText(latin1(bootFile))}`);
  const vendorClass = optionData(message, 60);
  if (vendorClass !== undefined) parts.push(`class ${quoteText(latin1(vendorClass))}`);
  const userClass = optionData(message, 77);
  if (userClass !== undefined) parts.push(`user-class ${quoteText(latin1(userClass))}`);
  if (!message.cookie) parts.push('without cookie');
  if (message.optionsError !== undefined) parts.push(`options end early: ${message.optionsError.message}`);
  return parts.join(' ');
}

function hardwareAddress(message: DhcpMessage): string {
  if (message.hlen === 6) return clientMac(message);
  return `htype ${message.htype} ${toHex(message.chaddr.subarray(0, Math.min(message.hlen, 16))) || 'without chaddr'}`;
}
