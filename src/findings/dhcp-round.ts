import { bootFileOf } from '../story/boot-file.ts';
import { isBootServer } from '../story/boot-server.ts';
import type { DhcpEvent, Story } from '../story/event.ts';
import { optionData } from '../wire/dhcp/message.ts';
import { addressIn } from '../wire/dhcp/opt-addresses.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';
import { dhcpEvents } from './finding.ts';

/** From a client's first DISCOVER to the answer of the server that it chose. */
export type DhcpRound = {
  readonly discovers: readonly [DhcpEvent, ...DhcpEvent[]];
  /** In the order they came; the ones that came when the client had chosen already, too. */
  readonly offers: readonly DhcpEvent[];
  /** SELECTING: with the server that it chose, option 54. */
  readonly requests: readonly DhcpEvent[];
  /** ACK or NAK. */
  readonly answers: readonly DhcpEvent[];
};

/** Every round of a story, in order. What is asked of port 4011, and what a client with an address asks, are none. */
export function dhcpRounds(story: Story): readonly DhcpRound[] {
  const rounds: DhcpRoundDraft[] = [];
  let round: DhcpRoundDraft | undefined;
  for (const event of dhcpEvents(story)) {
    if (isBootServer(event)) continue;
    switch (event.messageType) {
      case 'discover':
        // The stage may change without a REQUEST between: a ROM whose offers led nowhere, then the next program.
        if (round === undefined || round.requests.length > 0 || round.stage !== event.stage) {
          round = { stage: event.stage, discovers: [event], offers: [], requests: [], answers: [] };
          rounds.push(round);
        } else round.discovers.push(event);
        break;
      case 'offer':
        round?.offers.push(event);
        break;
      case 'request':
        if (serverOf(event) === undefined && !mayChoose(event)) round = undefined;
        else round?.requests.push(event);
        break;
      case 'ack':
      case 'nak':
        round?.answers.push(event);
        break;
      default:
        break;
    }
  }
  return rounds;
}

type DhcpRoundDraft = {
  readonly stage: DhcpEvent['stage'];
  readonly discovers: [DhcpEvent, ...DhcpEvent[]];
  readonly offers: DhcpEvent[];
  readonly requests: DhcpEvent[];
  readonly answers: DhcpEvent[];
};

/** The capture cut it, and option 54 may have stood in the rest: a client that renews says its address in ciaddr. */
function mayChoose({ missing, message }: DhcpEvent): boolean {
  return missing > 0 && message.ciaddr === '0.0.0.0';
}

/** Option 54. */
export function serverOf({ message }: DhcpEvent): string | undefined {
  return addressIn(message, OPTION.serverIdentifier);
}

/** A proxy's offer has none. */
export function hasAddress({ message }: DhcpEvent): boolean {
  return message.yiaddr !== '0.0.0.0';
}

export function hasOption({ message }: DhcpEvent, code: number): boolean {
  return optionData(message, code) !== undefined;
}

/** A reply tells what to boot: a file, a disk, a menu. */
export function saysWhatToBoot(reply: DhcpEvent): boolean {
  return (
    bootFileOf(reply.message) !== undefined ||
    hasOption(reply, OPTION.rootPath) ||
    hasOption(reply, OPTION.vendorSpecific)
  );
}

/** No client of a boot server asks without one of these: 60, 77 or 93. */
export function wantsToBoot({ identity }: DhcpEvent): boolean {
  return identity.isIpxe || identity.vendorClassKind !== 'other';
}
