/** What a server acts on in option 82: RFC 3046 (2, remote id), RFC 3527 (5, link selection), RFC 5107 (11, server identifier). */
import { type Ipv4Address, ipv4FromBytes, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { toHex } from '../../wire/bytes.ts';
import { type DhcpMessage, optionData } from '../../wire/dhcp/message.ts';
import { parseRelayAgentInformation, RELAY } from '../../wire/dhcp/opt-relay-agent.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';

export type RelayInformation = {
  /** The client's subnet, where the relay's own address is on another one. */
  readonly linkSelection?: Ipv4Address;
  /** What the client is to take for its server, so that its renewals too come through the relay. */
  readonly serverOverride?: Ipv4Address;
  /** In hex: whom the relay serves there. */
  readonly remoteId?: string;
};

const NOTHING: RelayInformation = {};

/**
 * Nothing from a message that no relay forwarded: a client may write what it likes into option 82 (RFC 3046 §2.1, clauses
 * SEC-007). Nor from one with a length that runs over the end.
 */
export function readRelayInformation(message: DhcpMessage): RelayInformation {
  if (message.giaddr === UNSPECIFIED_IPV4) return NOTHING;
  const data = optionData(message, OPTION.relayAgentInformation);
  const relay = data === undefined ? undefined : parseRelayAgentInformation(data);
  if (relay?.ok !== true) return NOTHING;
  const found: { -readonly [K in keyof RelayInformation]: RelayInformation[K] } = {};
  for (const { code, data } of relay.value) {
    if (code === RELAY.remoteId && data.length > 0) found.remoteId ??= toHex(data);
    if (data.length !== 4) continue;
    if (code === RELAY.linkSelection) found.linkSelection ??= ipv4FromBytes(data);
    if (code === RELAY.serverIdentifierOverride) found.serverOverride ??= ipv4FromBytes(data);
  }
  return found;
}
