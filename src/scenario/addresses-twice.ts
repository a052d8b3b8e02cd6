import type { Story } from '../story/event.ts';
import type { MacAddress } from '../wire/address.ts';

export type GivenTwice = {
  readonly address: string;
  readonly holder: MacAddress;
  readonly other: MacAddress;
  /** Of the acknowledgement that was one too many. */
  readonly frame: number;
};

/** Addresses that were acknowledged to one client while another still had them: it gives them back by a RELEASE only. */
export function addressesGivenTwice(stories: ReadonlyMap<MacAddress, Story>): readonly GivenTwice[] {
  const messages = [...stories]
    .flatMap(([mac, { events }]) =>
      events.flatMap((event) => (event.kind === 'dhcp' ? [{ mac, event }] : [])),
    )
    .sort((a, b) => (a.event.frames[0] ?? 0) - (b.event.frames[0] ?? 0));
  const holders = new Map<string, MacAddress>();
  const twice: GivenTwice[] = [];
  for (const { mac, event } of messages) {
    const { messageType, message } = event;
    if (messageType === 'release' && holders.get(message.ciaddr) === mac) holders.delete(message.ciaddr);
    if (messageType !== 'ack' || message.yiaddr === '0.0.0.0') continue;
    const address = message.yiaddr;
    const holder = holders.get(address);
    if (holder !== undefined && holder !== mac)
      twice.push({ address, holder, other: mac, frame: event.frames[0] ?? 0 });
    holders.set(address, mac);
  }
  return twice;
}
