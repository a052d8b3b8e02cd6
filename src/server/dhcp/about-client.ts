import { UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { identifyClient } from '../../wire/dhcp/client-identity.ts';
import { type DhcpMessage, optionData } from '../../wire/dhcp/message.ts';
import { messageTypeOf } from '../../wire/dhcp/opt-message-type.ts';
import { readText } from '../../wire/dhcp/opt-text.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { ServerEvent } from '../event.ts';
import { clientLabel } from './client-key.ts';
import type { DhcpOutput } from './dhcp-io.ts';

type DhcpEvent = Extract<ServerEvent, { stage: 'dhcp' }>;

/** The options by which identifyClient tells programs apart. */
const TELLING: ReadonlySet<number> = new Set([
  OPTION.vendorClass,
  OPTION.userClass,
  OPTION.clientArchitecture,
  OPTION.ipxe,
]);
const NOBODY = { isIpxe: false, vendorClassKind: 'other', architectures: [] as readonly number[] } as const;

/** What a log has to know of whoever asked, beyond the address it has. */
function aboutClient(
  request: DhcpMessage,
): Pick<DhcpEvent, 'asked' | 'program' | 'architecture' | 'hostName' | 'relay'> {
  // Clients that boot nothing are the most on many networks, and say none of this.
  const { isIpxe, vendorClassKind, architectures } = request.options.some(({ code }) => TELLING.has(code))
    ? identifyClient(request)
    : NOBODY;
  const named = optionData(request, OPTION.hostName);
  const isFirmware = vendorClassKind !== 'other' || architectures.length > 0;
  return {
    asked: messageTypeOf(request) ?? 'bootp',
    program: isIpxe ? 'ipxe' : isFirmware ? 'firmware' : 'unnamed',
    ...(architectures[0] === undefined ? {} : { architecture: architectures[0] }),
    ...(named === undefined || named.length === 0 ? {} : { hostName: readText(named).text }),
    ...(request.giaddr === UNSPECIFIED_IPV4 ? {} : { relay: request.giaddr }),
  };
}

/** A line about a client. */
export function dhcpEvent(request: DhcpMessage, said: Omit<DhcpEvent, 'stage' | 'client'>): DhcpOutput {
  return {
    kind: 'event',
    event: { stage: 'dhcp', client: clientLabel(request), ...aboutClient(request), ...said },
  };
}
