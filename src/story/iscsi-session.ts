import { iscsiLoginStatusName } from '../wire/iscsi/login-status.ts';
import {
  type IscsiMessage,
  iscsiAsyncName,
  iscsiRejectName,
  readIscsiMessage,
} from '../wire/iscsi/message.ts';
import { type IscsiDigests, type IscsiPdu, NO_DIGESTS } from '../wire/iscsi/pdu.ts';
import {
  formatLun,
  formatScsiSense,
  type ScsiSense,
  scsiStatusName,
  UNIT_ATTENTION,
} from '../wire/iscsi/scsi.ts';
import { type IscsiItem, IscsiStream } from '../wire/iscsi/stream.ts';
import type { IscsiTextPair } from '../wire/iscsi/text.ts';
import type { StreamItem } from '../wire/tcp-reassembly.ts';
import { BoundedMap } from './bounded-map.ts';
import type { EventSlot, StoryDraft, WithoutStage } from './draft.ts';
import type { Endpoint, IscsiEvent, IscsiLogin, IscsiWork, Stage } from './event.ts';
import type { Seen, Side } from './http-exchanges.ts';
import { IscsiLoginText, iscsiConnection, isOn, toldValue, withStage } from './iscsi-login.ts';

/** Commands that may wait for their status at once: targets grant far fewer. */
const OPEN_COMMANDS = 1_000;
/** Different LUNs that are told. */
const TOLD_LUNS = 8;

/** SAM-5 §5.3. */
const CHECK_CONDITION = 2;

type Command = { readonly operation: string; readonly lun: string; readonly read: boolean };

/**
 * The iSCSI session of one connection, as one event that grows: whoever reads the ladder wants to know at one glance which
 * disk was asked for, whether the target let the client in, and whether it then read from it. Two events would tear that
 * apart: between a login and the first failing command nothing else happens on the connection, and the second one would have
 * to say again whose it is. The frames are the first and last of the connection; the answer that ended the login, and the
 * first failure, have their own.
 */
export class IscsiSession {
  readonly #draft: StoryDraft;
  readonly #stage: Stage;
  readonly #streams: Readonly<Record<Side, IscsiStream>>;
  readonly #commands = new BoundedMap<number, Command>(OPEN_COMMANDS);
  /** Text that goes on in the next PDU (C bit), a side apiece. */
  readonly #texts: Readonly<Record<Side, IscsiLoginText>> = {
    client: new IscsiLoginText(),
    server: new IscsiLoginText(),
  };
  #digests: IscsiDigests = NO_DIGESTS;
  #event: WithoutStage<IscsiEvent>;
  #slot: EventSlot | undefined;

  /** `midStream`: the capture begins inside the connection. `opened`: its first frame. `slot`: where it was told already. */
  constructor(
    draft: StoryDraft,
    stage: Stage,
    connection: { readonly client: Endpoint; readonly server: Endpoint; readonly opened: Seen },
    midStream: boolean,
    slot?: EventSlot,
  ) {
    const { client, server, opened } = connection;
    this.#draft = draft;
    this.#stage = stage;
    this.#slot = slot;
    const digests = (): IscsiDigests => this.#digests;
    this.#streams = {
      client: new IscsiStream({ sender: 'initiator', digests, midStream }),
      server: new IscsiStream({ sender: 'target', digests, midStream }),
    };
    this.#event = {
      ...iscsiConnection(client, server, opened),
      outcome: midStream ? 'login-not-seen' : 'in-progress',
    };
  }

  hear(from: Side, item: StreamItem<Seen>, seen: Seen): void {
    const stream = this.#streams[from];
    switch (item.kind) {
      case 'data':
        this.#take(from, stream.push(item.bytes), seen);
        break;
      case 'gap':
        this.#take(from, stream.gap(item.to - item.from), seen);
        break;
      case 'end':
        this.#take(from, stream.end(), seen);
        this.#ends(from, item.by, seen);
        break;
      default:
        item satisfies never;
    }
  }

  /** The connection, or the capture, is over. */
  finish(seen: Seen): void {
    if (this.#event.outcome === 'in-progress') this.#breaksOff(seen);
    // Blocks that nobody acknowledged are sent again and again: it was heard of until then.
    else this.#change({}, seen);
  }

  #ends(from: Side, by: 'fin' | 'rst', seen: Seen): void {
    if (this.#event.outcome === 'in-progress') this.#breaksOff(seen);
    if (this.#event.end !== 'open' && this.#event.end !== 'logout-asked') return;
    const who = from === 'client' ? 'client' : 'target';
    this.#change({ end: by === 'rst' ? `reset-by-${who}` : `closed-by-${who}` }, seen);
  }

  #breaksOff(seen: Seen): void {
    const { login, skipped } = this.#event;
    // What could not be made out may have been the login's end.
    const outcome = skipped > 0 ? 'login-not-seen' : login.answers === 0 ? 'unanswered' : 'broken-off';
    this.#change({ outcome }, seen);
  }

  #misses(octets: number): void {
    const { login } = this.#event;
    if (octets > 0) this.#event = { ...this.#event, login: { ...login, missing: login.missing + octets } };
  }

  #take(from: Side, items: Iterable<IscsiItem>, seen: Seen): void {
    for (const item of items) {
      switch (item.kind) {
        case 'pdu':
          this.#hears(from, item.pdu, item.missing, seen);
          break;
        case 'error':
          if (!this.#lacks(0))
            this.#draft.addUnreadable('iSCSI', item.error, { number: seen.frame, timeNs: seen.timeNs });
          break;
        case 'skipped':
          this.#event = { ...this.#event, skipped: this.#event.skipped + item.octets };
          break;
        default:
          item satisfies never;
      }
    }
  }

  #hears(from: Side, pdu: IscsiPdu, missing: number, seen: Seen): void {
    const message = readIscsiMessage(pdu);
    if (message.kind === 'login-request' || message.kind === 'login-response') this.#misses(missing);
    switch (message.kind) {
      case 'login-request':
        this.#request(message, this.#texts[from].add(pdu.data, message.continues), seen);
        break;
      case 'login-response':
        this.#response(message, this.#texts[from].add(pdu.data, message.continues), seen);
        break;
      case 'scsi-command':
        this.#command(pdu, message, seen);
        break;
      case 'scsi-response':
        // What a CHECK CONDITION is about stands in the sense data: it may be no failure at all.
        if (message.sense === undefined && message.status === CHECK_CONDITION && this.#lacks(missing))
          this.#forget(pdu, seen);
        else this.#status(pdu, message.response === 0 ? message.status : undefined, message.sense, seen);
        break;
      case 'data-in':
        this.#dataIn(pdu, message, seen);
        break;
      case 'data-out':
        this.#works({ octetsWritten: this.#event.work.octetsWritten + message.octets }, seen, false);
        break;
      case 'reject':
        this.#fails(`rejected: ${iscsiRejectName(message.reason)}`, undefined, seen);
        break;
      case 'async':
        this.#change({ notice: iscsiAsyncName(message.event) }, seen);
        break;
      case 'logout-request':
        this.#change({ end: 'logout-asked' }, seen);
        break;
      case 'logout-response':
        this.#change({ end: 'logout' }, seen);
        break;
      case 'text-request':
      case 'text-response':
      case 'nop-out':
      case 'nop-in':
      case 'other':
        this.#change({}, seen, false);
        break;
      default:
        message satisfies never;
    }
  }

  #request(
    message: Extract<IscsiMessage, { kind: 'login-request' }>,
    pairs: readonly IscsiTextPair[] | undefined,
    seen: Seen,
  ): void {
    const value = (key: string): string | undefined => toldValue(pairs, key);
    const { initiator, target, login } = this.#event;
    this.#change(
      {
        initiator: initiator ?? value('InitiatorName'),
        target: target ?? value('TargetName'),
        sessionType: value('SessionType') ?? this.#event.sessionType,
        login: {
          ...login,
          requests: login.requests + 1,
          stages: withStage(login.stages, message.currentStage),
          authOffered: login.authOffered ?? value('AuthMethod'),
          chapName: login.chapName ?? value('CHAP_N'),
        },
      },
      seen,
    );
  }

  #response(
    message: Extract<IscsiMessage, { kind: 'login-response' }>,
    pairs: readonly IscsiTextPair[] | undefined,
    seen: Seen,
  ): void {
    const value = (key: string): string | undefined => toldValue(pairs, key);
    const { statusClass, statusDetail } = message;
    const before = this.#event.login;
    const done = message.transit && !message.continues && message.nextStage === 'full-feature';
    const login: IscsiLogin = {
      ...before,
      answers: before.answers + 1,
      authChosen: before.authChosen ?? value('AuthMethod'),
      chapAsked: before.chapAsked || value('CHAP_C') !== undefined,
      stages: done && statusClass === 0 ? withStage(before.stages, 'full-feature') : before.stages,
      status: {
        class: statusClass,
        detail: statusDetail,
        text: iscsiLoginStatusName(statusClass, statusDetail),
        frame: seen.frame,
      },
      headerDigest: value('HeaderDigest') ?? before.headerDigest,
      dataDigest: value('DataDigest') ?? before.dataDigest,
    };
    if (statusClass !== 0) {
      const movedTo = statusClass === 1 ? value('TargetAddress') : undefined;
      this.#change({ outcome: statusClass === 1 ? 'redirected' : 'refused', login, movedTo }, seen);
    } else if (done) {
      // RFC 7143 §13.1: in use from the first PDU behind the login on.
      this.#digests = { header: isOn(login.headerDigest), data: isOn(login.dataDigest) };
      this.#change({ outcome: 'logged-in', login }, seen);
    } else this.#change({ login }, seen);
  }

  #command(pdu: IscsiPdu, message: Extract<IscsiMessage, { kind: 'scsi-command' }>, seen: Seen): void {
    const { work } = this.#event;
    const lun = formatLun(pdu.lun);
    const { operation } = message;
    const read = operation.startsWith('READ(');
    const known = work.luns.includes(lun) || work.luns.length >= TOLD_LUNS;
    this.#commands.delete(pdu.initiatorTaskTag);
    this.#commands.set(pdu.initiatorTaskTag, { operation, lun, read });
    const immediate = operation.startsWith('WRITE(') ? pdu.dataSegmentLength : 0;
    this.#works(
      {
        luns: known ? work.luns : [...work.luns, lun],
        commands: work.commands + 1,
        reads: work.reads + (read ? 1 : 0),
        writes: work.writes + (operation.startsWith('WRITE(') ? 1 : 0),
        octetsWritten: work.octetsWritten + immediate,
      },
      seen,
      work.commands === 0,
    );
  }

  #dataIn(pdu: IscsiPdu, message: Extract<IscsiMessage, { kind: 'data-in' }>, seen: Seen): void {
    const { work } = this.#event;
    const isRead = this.#commands.get(pdu.initiatorTaskTag)?.read === true;
    this.#works({ octetsRead: work.octetsRead + (isRead ? message.octets : 0) }, seen, false);
    if (message.status !== undefined) this.#status(pdu, message.status, undefined, seen);
  }

  /** `status` undefined: the target could not carry the command out (RFC 7143 §11.4.3). */
  #status(pdu: IscsiPdu, status: number | undefined, sense: ScsiSense | undefined, seen: Seen): void {
    const command = this.#commands.get(pdu.initiatorTaskTag);
    this.#commands.delete(pdu.initiatorTaskTag);
    if (status === 0) this.#change({}, seen);
    else if (sense?.key === UNIT_ATTENTION) {
      // SAM-5 §5.14: the target's news for who comes new, told once; the command is meant to be sent again.
      this.#works({ unitAttentions: this.#event.work.unitAttentions + 1 }, seen);
    } else {
      const text = status === undefined ? 'target failure' : scsiStatusName(status);
      this.#fails(sense === undefined ? text : `${text}, ${formatScsiSense(sense)}`, command, seen);
    }
  }

  /** Octets of this PDU, or of the login that would say whether digests stand between its parts. */
  #lacks(missing: number): boolean {
    return missing + this.#event.login.missing > 0;
  }

  #forget(pdu: IscsiPdu, seen: Seen): void {
    this.#commands.delete(pdu.initiatorTaskTag);
    this.#change({}, seen);
  }

  #fails(what: string, command: Command | undefined, seen: Seen): void {
    const failure = { operation: command?.operation, lun: command?.lun, what, frame: seen.frame };
    this.#change({ failure: this.#event.failure ?? failure }, seen);
  }

  #works(changed: Partial<IscsiWork>, seen: Seen, tell = true): void {
    this.#change({ work: { ...this.#event.work, ...changed } }, seen, tell);
  }

  /** `tell` false: a frame of many that make up one command. The story shows it with the next change that is told. */
  #change(changed: Partial<WithoutStage<IscsiEvent>>, seen: Seen, tell = true): void {
    const [first = seen.frame] = this.#event.frames;
    const frames = first === seen.frame ? [first] : [first, seen.frame];
    this.#event = { ...this.#event, ...changed, endNs: seen.timeNs, frames };
    if (!tell) return;
    if (this.#slot === undefined) this.#slot = this.#draft.add(this.#event, this.#stage);
    else this.#slot.replace({ ...this.#event, stage: this.#stage });
  }
}
