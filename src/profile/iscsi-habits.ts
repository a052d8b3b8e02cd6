import { readIscsiMessage } from '../wire/iscsi/message.ts';
import type { IscsiPdu } from '../wire/iscsi/pdu.ts';
import { IscsiStream } from '../wire/iscsi/stream.ts';
import type { Tcp } from '../wire/tcp.ts';
import { TcpReassembly } from '../wire/tcp-reassembly.ts';
import type { At, HabitOf } from './habit.ts';

type Login = HabitOf<'iscsi-login'>;

/** RFC 7143 §11.12.5: the two upper bits of the first octet tell how the rest of an ISID was made. */
const SESSION_ID_FORMS = ['OUI', 'enterprise number', 'random', 'reserved'] as const;
/** Octets of a login that may wait for earlier ones. */
const HELD_OCTETS = 64 * 1024;

/** The client's side of one login: iPXE sends the header of a PDU in one segment and its text in the next. */
export class IscsiLoginHabits {
  readonly #segments = new TcpReassembly<At>({ heldOctets: HELD_OCTETS });
  readonly #stream = new IscsiStream({ sender: 'initiator' });
  #isOver = false;

  /** Nothing that follows is part of the login. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Login requests that this segment completes. */
  hear(tcp: Tcp, at: At): readonly Login[] {
    const logins: Login[] = [];
    for (const item of this.#segments.segment(tcp, at, 0)) {
      // What the capture misses of a login leaves nothing to be told apart.
      if (item.kind !== 'data') this.#isOver = true;
      else
        for (const found of this.#stream.push(item.bytes))
          if (found.kind === 'pdu') logins.push(...this.#read(found.pdu, item.tag));
    }
    return logins;
  }

  #read(pdu: IscsiPdu, at: At): readonly Login[] {
    const message = readIscsiMessage(pdu);
    if (this.#isOver || message.kind !== 'login-request') return [];
    const { currentStage, nextStage, transit, isid, pairs } = message;
    this.#isOver = transit && nextStage === 'full-feature';
    const stage = transit ? `${currentStage} to ${nextStage}` : currentStage;
    const sessionId = SESSION_ID_FORMS[(isid[0] ?? 0) >> 6] as string;
    return [{ ...at, kind: 'iscsi-login', stage, sessionId, pairs }];
  }
}
