import { type IpAddress, parseIpv4, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { type DhcpMessage, optionData } from '../../wire/dhcp/message.ts';
import { parseAddress } from '../../wire/dhcp/opt-addresses.ts';
import { MESSAGE_TYPE, messageTypeCode } from '../../wire/dhcp/opt-message-type.ts';
import type { RecordedAnswer } from './dhcp-step.ts';
import type { Roles } from './roles.ts';

const OPTION_SERVER_ID = 54;

/** What one server said, and how many times: each try may bring it again. */
export type ServersAnswer = RecordedAnswer & { copies: number; readonly frames: number[] };

/** An offer without an address is a proxy's (PXE 2.1 §2.2.3); ACK and NAK answer the same question. */
type AnswerKind = 'offer' | 'proxy offer' | 'reply';

function kindOf(message: DhcpMessage): AnswerKind {
  if (messageTypeCode(message) !== MESSAGE_TYPE.offer) return 'reply';
  return message.yiaddr === UNSPECIFIED_IPV4 ? 'proxy offer' : 'offer';
}

/** Who says that it is the server: option 54, or who sent it. */
export function serverOf({ message, source }: RecordedAnswer): IpAddress {
  const data = optionData(message, OPTION_SERVER_ID);
  const parsed = data === undefined ? undefined : parseAddress(data);
  return parsed?.ok === true ? parsed.value : source;
}

const isCopy = (one: RecordedAnswer, other: RecordedAnswer): boolean =>
  kindOf(one.message) === kindOf(other.message) && serverOf(one) === serverOf(other);

/** The same said twice by one server is one answer. */
export class AnswerList {
  readonly all: ServersAnswer[] = [];

  /** The answer as it is known, whether it is the first of its kind or one more. */
  add(answer: RecordedAnswer): ServersAnswer {
    const known = this.all.find((one) => isCopy(one, answer));
    if (known === undefined) {
      const first = { ...answer, copies: 1, frames: [answer.frame] };
      this.all.push(first);
      return first;
    }
    known.copies++;
    known.frames.push(answer.frame);
    return known;
  }

  static of(answers: readonly RecordedAnswer[]): AnswerList {
    const list = new AnswerList();
    for (const answer of answers) list.add(answer);
    return list;
  }
}

/** Which recorded answer stands for which of now. */
export class AnswerPairs {
  readonly recorded: readonly ServersAnswer[];
  readonly #pairs = new Map<ServersAnswer, ServersAnswer>();

  constructor(recorded: readonly RecordedAnswer[]) {
    this.recorded = AnswerList.of(recorded).all;
  }

  /** Every recorded answer has its counterpart. */
  get complete(): boolean {
    return this.#pairs.size === this.recorded.length;
  }

  partnerOf(got: ServersAnswer): ServersAnswer | undefined {
    return this.#pairs.get(got);
  }

  /** Recorded answers that nobody gave now. */
  get missing(): readonly ServersAnswer[] {
    const found = new Set(this.#pairs.values());
    return this.recorded.filter((one) => !found.has(one));
  }

  /** Pairs an answer with what it plainly stands for: the same kind, and the same server's where there are several. */
  pair(got: ServersAnswer, roles: Roles): ServersAnswer | undefined {
    const alike = this.missing.filter(({ message }) => kindOf(message) === kindOf(got.message));
    const same = alike.find((one) => isSameServer(one, got, roles)) ?? alike[0];
    if (same !== undefined) this.#pairs.set(got, same);
    return same;
  }

  /** The time is over: whatever comes without a counterpart stands for what is missing, in order. */
  pairAnyhow(got: readonly ServersAnswer[]): readonly (readonly [ServersAnswer, ServersAnswer])[] {
    const made: [ServersAnswer, ServersAnswer][] = [];
    for (const one of got) {
      const [recorded] = this.missing;
      if (recorded === undefined || this.#pairs.has(one)) continue;
      this.#pairs.set(one, recorded);
      made.push([recorded, one]);
    }
    return made;
  }
}

function isSameServer(recorded: RecordedAnswer, got: RecordedAnswer, roles: Roles): boolean {
  const server = parseIpv4(serverOf(recorded));
  return server !== undefined && roles.of(server, 'server') === serverOf(got);
}
