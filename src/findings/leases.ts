import { isBootServer } from '../story/boot-server.ts';
import { type DhcpEvent, STAGE_NAME, type Story } from '../story/event.ts';
import { optionData } from '../wire/dhcp/message.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';
import { dhcpEvents, type Finding, framesOf } from './finding.ts';

/** One machine, another address for each of its programs: R46 and what follows in the field reports. */
export function leaseFindings(story: Story): readonly Finding[] {
  const acks = dhcpEvents(story).filter(
    (event) => event.messageType === 'ack' && !isBootServer(event) && event.message.yiaddr !== '0.0.0.0',
  );
  const found: Finding[] = [];
  let before: DhcpEvent | undefined;
  for (const ack of acks) {
    if (before !== undefined && before.stage !== ack.stage && before.message.yiaddr !== ack.message.yiaddr) {
      found.push({
        id: 'dhcp.other-address',
        weight: 'warning',
        says: `it has ${before.message.yiaddr} as ${STAGE_NAME[before.stage]} and ${ack.message.yiaddr} as ${STAGE_NAME[ack.stage]}`,
        because: whyOther(story, before, ack),
        frames: framesOf(before, ack),
      });
    }
    before = ack;
  }
  return found;
}

function whyOther(story: Story, before: DhcpEvent, ack: DhcpEvent): string {
  const [one, other] = [before, ack].map((answer) => {
    const request = dhcpEvents(story).findLast(
      ({ direction, message, timeNs }) =>
        direction === 'from-client' && message.xid === answer.message.xid && timeNs <= answer.timeNs,
    );
    const id = request && optionData(request.message, OPTION.clientIdentifier);
    if (id !== undefined) return Buffer.from(id).toString('hex');
    return request === undefined || request.missing > 0 ? undefined : 'none';
  });
  if (one === undefined || other === undefined) return 'whether option 61 is why is not in the capture';
  return one === other
    ? 'the server did not keep its address for it'
    : `the server goes by option 61, which is ${one} first and ${other} then`;
}
