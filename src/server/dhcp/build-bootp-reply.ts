/** BOOTREPLY: RFC 951 §3 and §7.3, RFC 1542 §2.1, RFC 1534 §2 ("MUST NOT" hold DHCP options). */
import { type Ipv4Address, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { buildDhcpMessage, encodedOptionLength, type OptionToSend } from '../../wire/dhcp/build-message.ts';
import { identifyClient } from '../../wire/dhcp/client-identity.ts';
import { BOOTREPLY, type DhcpMessage, optionData } from '../../wire/dhcp/message.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { bootOf } from './boot-config.ts';
import { placeBootName } from './boot-name.ts';
import { networkOptions } from './build-reply.ts';
import { type BootChoice, chooseBoot } from './choose-boot.ts';
import type { DhcpConfig, Reservation, Subnet } from './dhcp-config.ts';

/** 64 octets of vendor area, of which the cookie and END are five. */
const VENDOR_ROOM = 59;
/** What a client needs most comes first: there is hardly room for more. */
const BY_IMPORTANCE: readonly number[] = [
  OPTION.subnetMask,
  OPTION.router,
  OPTION.domainNameServer,
  OPTION.hostName,
  OPTION.rootPath,
  OPTION.domainName,
];

export type BootpReplySpec = {
  readonly request: DhcpMessage;
  readonly config: DhcpConfig;
  readonly subnet: Subnet;
  readonly subnetOptions: ReadonlyMap<number, Uint8Array>;
  readonly reservation: Reservation | undefined;
  /** Undefined: the client has its address (ciaddr). */
  readonly yiaddr: Ipv4Address | undefined;
};

/** 300 octets, since a BOOTP client need not take more. Its boot file is in `file` or nowhere. */
export function buildBootpReply(spec: BootpReplySpec): {
  readonly bytes: Uint8Array;
  readonly boot: BootChoice;
} {
  const { request, config, reservation, yiaddr } = spec;
  const own = bootOf(config.boot, reservation?.boot);
  const boot = chooseBoot(identifyClient(request), own);
  const { xid, flags, giaddr, htype, hlen, chaddr, ciaddr, cookie } = request;
  const bytes = buildDhcpMessage({
    ...{ op: BOOTREPLY, xid, flags, giaddr, htype, hlen, chaddr, ciaddr, cookie },
    yiaddr: yiaddr ?? UNSPECIFIED_IPV4,
    siaddr: boot.kind === 'file' ? own.nextServer : UNSPECIFIED_IPV4,
    file: boot.kind === 'file' ? placeBootName(boot.name, own, false).file : '',
    // RFC 1497: vendor information is for clients that sent the cookie.
    options: cookie ? vendorInformation(spec) : [],
  });
  return { bytes, boot };
}

function vendorInformation(spec: BootpReplySpec): readonly OptionToSend[] {
  const known = networkOptions(spec);
  const relay = optionData(spec.request, OPTION.relayAgentInformation);
  const chosen: OptionToSend[] = [];
  let room = VENDOR_ROOM;
  const fits = (data: Uint8Array): boolean => {
    const length = encodedOptionLength(data);
    if (length > room) return false;
    room -= length;
    return true;
  };
  // RFC 3046 §2.2: in every reply, whole or not at all, as the last one.
  const tail =
    relay !== undefined && fits(relay) ? [{ code: OPTION.relayAgentInformation, data: relay }] : [];
  for (const code of new Set([...BY_IMPORTANCE, ...known.keys()])) {
    const data = known.get(code);
    if (data !== undefined && fits(data)) chosen.push({ code, data });
  }
  return [...chosen, ...tail];
}
