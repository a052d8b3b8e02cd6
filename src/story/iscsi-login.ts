import { type IscsiTextPair, iscsiTextValue, parseIscsiText } from '../wire/iscsi/text.ts';
import type { WithoutStage } from './draft.ts';
import type { Endpoint, IscsiEvent } from './event.ts';
import type { Seen } from './http-exchanges.ts';

/** RFC 7143 §6.1: a value is no longer than 255 octets unless its key says otherwise. */
const LONGEST_VALUE = 255;
/** Octets of one text over all PDUs that it continues in. */
const LONGEST_TEXT = 64 * 1024;

/** A connection to a target, of which nothing more is known. */
export function iscsiConnection(client: Endpoint, server: Endpoint, seen: Seen): WithoutStage<IscsiEvent> {
  return {
    kind: 'iscsi',
    timeNs: seen.timeNs,
    endNs: seen.timeNs,
    frames: [seen.frame],
    client,
    server,
    initiator: undefined,
    target: undefined,
    sessionType: undefined,
    outcome: 'in-progress',
    login: {
      requests: 0,
      answers: 0,
      stages: [],
      authOffered: undefined,
      authChosen: undefined,
      chapAsked: false,
      chapName: undefined,
      status: undefined,
      headerDigest: undefined,
      dataDigest: undefined,
      missing: 0,
    },
    movedTo: undefined,
    work: {
      luns: [],
      commands: 0,
      reads: 0,
      octetsRead: 0,
      writes: 0,
      octetsWritten: 0,
      unitAttentions: 0,
    },
    failure: undefined,
    notice: undefined,
    end: 'open',
    skipped: 0,
  };
}

/** One side's text, which may go on over several PDUs (C bit, RFC 7143 §6.2). */
export class IscsiLoginText {
  readonly #pieces: Uint8Array[] = [];
  #octets = 0;

  /** All pairs, or undefined as long as the text goes on. Pairs beyond LONGEST_TEXT are left out. */
  add(data: Uint8Array, continues: boolean): readonly IscsiTextPair[] | undefined {
    if (this.#octets + data.length <= LONGEST_TEXT) {
      this.#pieces.push(data);
      this.#octets += data.length;
    }
    if (continues) return undefined;
    const { pairs } = parseIscsiText(Buffer.concat(this.#pieces));
    this.#pieces.length = 0;
    this.#octets = 0;
    return pairs;
  }
}

/** The first value of that key, as much of it as a story shows. */
export function toldValue(pairs: readonly IscsiTextPair[] | undefined, key: string): string | undefined {
  return pairs === undefined ? undefined : iscsiTextValue(pairs, key)?.slice(0, LONGEST_VALUE);
}

export function withStage(stages: readonly string[], stage: string): readonly string[] {
  return stages.includes(stage) ? stages : [...stages, stage];
}

/** What the target answered to HeaderDigest or DataDigest: it picks one of those offered. */
export function isOn(digest: string | undefined): boolean {
  return digest !== undefined && digest !== 'None';
}
