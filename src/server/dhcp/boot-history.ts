/**
 * What clients were told to boot in the last minute or so. It breaks the one loop that no configuration check can see (an iPXE
 * without HTTP that is sent another such one), and says when a client comes back for the same thing again and again.
 */

import { UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { identifyClient } from '../../wire/dhcp/client-identity.ts';
import type { DhcpMessage } from '../../wire/dhcp/message.ts';
import { formatUserClass } from '../../wire/dhcp/opt-user-class.ts';
import type { ServerEvent } from '../event.ts';
import type { BootChoice, BootStage } from './choose-boot.ts';
import { clientLabel } from './client-key.ts';

/** Longer than one round of a loop takes, power-on self test included; shorter than a boot that got somewhere. */
const FORGET_MS = 60_000;
/** A boot that failed once, or a reset by hand, is no loop. */
const TELL_AT = 3;
/** Clients repeat a DISCOVER once or twice on a bad link. EDK2 and PXE 2.1 give up after four. */
const TELL_OFFERS_AT = 4;
/** The longest silent ones are forgotten first. */
const MAX_CLIENTS = 8192;
const MAX_ROUNDS_PER_CLIENT = 4;

/** One stage of one client that is told one file. */
type Rounds = {
  readonly stage: BootStage;
  readonly file: string;
  readonly first: number;
  last: number;
  xid: number;
  times: number;
  tellAt: number;
};
type Client = {
  /** Newest last. */
  rounds: Rounds[];
  /** Offers since its last REQUEST. */
  offers: Rounds | undefined;
  /** When it was a limited iPXE, and was sent another program. */
  replaced: { readonly xid: number; readonly file: string; at: number } | undefined;
};

export class BootHistory {
  readonly #clients = new Map<string, Client>();
  /** Mostly none: then nothing has to be looked up for each message. */
  #everReplaced = false;

  /** True for a limited iPXE that was sent another program a moment ago and is back, unchanged. */
  cameBack(request: DhcpMessage, now: number): boolean {
    if (!this.#everReplaced) return false;
    const replaced = this.#clients.get(clientLabel(request))?.replaced;
    return replaced !== undefined && replaced.xid !== request.xid && now - replaced.at < FORGET_MS;
  }

  /** To be told of every OFFER, and of every REQUEST that takes one. Returns what an operator should know. */
  note(
    message: 'offer' | 'request',
    request: DhcpMessage,
    choice: BootChoice,
    now: number,
  ): ServerEvent | undefined {
    // A renewal boots nothing.
    if (request.ciaddr !== UNSPECIFIED_IPV4) return undefined;
    if (choice.kind === 'none' && choice.stage !== 'limited-ipxe') return undefined;
    const label = clientLabel(request);
    const client = this.#touch(label);
    if (choice.kind === 'none') return this.#refused(message, request, client, choice, now);
    const { name: file, stage } = choice;
    if (message === 'offer') {
      client.offers = again(client.offers, { stage, file, request, now, tellAt: TELL_OFFERS_AT });
      return told(client.offers, request, () => unanswered(client.offers as Rounds));
    }
    client.offers = undefined;
    client.replaced = stage === 'limited-ipxe' ? { xid: request.xid, file, at: now } : undefined;
    this.#everReplaced ||= stage === 'limited-ipxe';
    const known = client.rounds.find((rounds) => rounds.stage === stage && rounds.file === file);
    if (known !== undefined && known.xid === request.xid) return undefined;
    const rounds = again(known, { stage, file, request, now, tellAt: TELL_AT });
    const others = client.rounds.filter((other) => other !== known && now - other.last < FORGET_MS);
    client.rounds = [...others, rounds].slice(-MAX_ROUNDS_PER_CLIENT);
    return told(rounds, request, () => explanation(stage));
  }

  /** It stays refused for as long as it keeps coming. */
  #refused(
    message: 'offer' | 'request',
    request: DhcpMessage,
    client: Client,
    { because }: BootChoice,
    now: number,
  ): ServerEvent | undefined {
    const { replaced } = client;
    if (replaced === undefined || replaced.xid === request.xid) return undefined;
    const seconds = Math.round((now - replaced.at) / 1000);
    if (now - replaced.at >= FORGET_MS) return undefined;
    replaced.at = now;
    return message === 'offer'
      ? undefined
      : {
          stage: 'boot-loop',
          client: clientLabel(request),
          file: replaced.file,
          times: 2,
          seconds,
          because: `${because}; it gets nothing now`,
        };
  }

  #touch(label: string): Client {
    const known = this.#clients.get(label);
    if (known !== undefined) this.#clients.delete(label);
    else if (this.#clients.size >= MAX_CLIENTS) {
      const oldest = this.#clients.keys().next();
      if (oldest.done !== true) this.#clients.delete(oldest.value);
    }
    const client = known ?? { rounds: [], offers: undefined, replaced: undefined };
    this.#clients.set(label, client);
    return client;
  }
}

type Round = Pick<Rounds, 'stage' | 'file' | 'tellAt'> & {
  readonly request: DhcpMessage;
  readonly now: number;
};

function again(known: Rounds | undefined, { stage, file, tellAt, request, now }: Round): Rounds {
  const { xid } = request;
  if (known === undefined || known.file !== file || known.stage !== stage || now - known.last >= FORGET_MS) {
    return { stage, file, first: now, last: now, xid, times: 1, tellAt };
  }
  return { ...known, last: now, xid, times: known.times + 1 };
}

/** At the third time, the sixth, the twelfth, ...: a loop may last for days. */
function told(rounds: Rounds, request: DhcpMessage, why: () => string): ServerEvent | undefined {
  if (rounds.times < rounds.tellAt) return undefined;
  rounds.tellAt = 2 * rounds.times;
  return {
    stage: 'boot-loop',
    client: clientLabel(request),
    file: rounds.file,
    times: rounds.times,
    seconds: Math.round((rounds.last - rounds.first) / 1000),
    because: `${why()}; it says: ${introduction(request)}`,
  };
}

function unanswered({ stage }: Rounds): string {
  return `no REQUEST follows the offers: the ${stage === 'firmware' ? 'firmware' : 'client'} passes over them, or does not get them`;
}

function explanation(stage: BootStage): string {
  switch (stage) {
    case 'firmware':
      return 'the program does not start, or starts and does not say that it is iPXE, or ends and the machine begins anew';
    case 'raspberry-pi':
      return 'the Raspberry Pi does not get on with its files';
    case 'ipxe':
      return 'the script fails, or ends in a boot from the network once more';
    case 'limited-ipxe':
      return 'the iPXE it is sent to replace it does not start';
    default:
      return stage satisfies never;
  }
}

/** What decides what a client gets, as it says it. */
function introduction(request: DhcpMessage): string {
  const { userClass, ipxe, ipxeEvidence, architectures, architecturesFrom } = identifyClient(request);
  const option175 =
    ipxe === undefined ? 'no option 175' : `option 175 with ${ipxe.features.join(' ') || 'no feature'}`;
  return [
    userClass === undefined ? 'no user class (77)' : `user class ${formatUserClass(userClass)}`,
    ipxe === undefined && ipxeEvidence === 'option-175' ? 'an unreadable option 175' : option175,
    `architecture ${architectures.join(', ') || 'unsaid'}${architecturesFrom === 'none' ? '' : ` by ${architecturesFrom}`}`,
  ].join(', ');
}
