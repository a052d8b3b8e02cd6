import type { MacAddress } from '../../wire/address.ts';
import { type DhcpMessage, optionData } from '../../wire/dhcp/message.ts';
import { messageTypeOf } from '../../wire/dhcp/opt-message-type.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { ClientKey } from '../leases/lease-table.ts';
import type { SubnetState } from './exchange.ts';
import { addressOption } from './request-fields.ts';
import { isInSubnet } from './subnet-choice.ts';

/**
 * Where a client of a wire with several subnets may get its address, best first. A message about an address belongs to
 * that address's subnet; a DISCOVER goes to the one that has the client's reservation, its lease, or the address it asks
 * for, and then to the one the wire was entered by and all others, until one has an address left.
 */
export function placesOnWire(
  wire: readonly SubnetState[],
  entered: SubnetState,
  request: DhcpMessage,
  client: { readonly key: ClientKey; readonly mac: MacAddress | undefined; readonly now: number },
): readonly SubnetState[] {
  const { key, mac, now } = client;
  const asked = addressOption(request, OPTION.requestedAddress);
  const containing = (address = asked): SubnetState | undefined =>
    address === undefined ? undefined : wire.find(({ subnet }) => isInSubnet(address, subnet));
  const reserving = mac === undefined ? undefined : wire.find(({ subnet }) => subnet.reservations.has(mac));
  const type = messageTypeOf(request);
  if (type !== 'discover' && optionData(request, OPTION.messageType) !== undefined) {
    return [containing(asked ?? request.ciaddr) ?? reserving ?? entered];
  }
  const known = wire.filter(({ leases }) => leases.find(key) !== undefined);
  const holding = known.filter(({ leases }) => (leases.find(key)?.until ?? 0) > now);
  const wanted = containing();
  const free = asked !== undefined && wanted?.leases.isAvailable(key, asked, now) === true ? [wanted] : [];
  return [
    ...new Set([
      ...(reserving === undefined ? [] : [reserving]),
      ...holding,
      ...known,
      ...free,
      entered,
      ...wire,
    ]),
  ];
}
