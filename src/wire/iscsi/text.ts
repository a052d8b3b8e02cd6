/**
 * Text of Login and Text PDUs: RFC 7143 §6.1.
 *
 *   ( key "=" value NUL )*
 *
 * Order, duplicates and letter case are kept, and so is what has no "=" or no NUL: with the C bit a pair goes on in the
 * next PDU's data (§6.2), whose octets are then put behind these before they are read.
 */
import { latin1 } from '../bytes.ts';

export type IscsiTextPair = {
  readonly key: string;
  /** Undefined where there is no "=". */
  readonly value: string | undefined;
};

export type IscsiText = {
  readonly pairs: readonly IscsiTextPair[];
  /** Behind the last NUL; empty where all is as it must be. */
  readonly unfinished: string;
};

export function parseIscsiText(data: Uint8Array): IscsiText {
  const pieces = latin1(data).split('\0');
  const unfinished = pieces.pop() ?? '';
  const pairs = pieces.map((piece): IscsiTextPair => {
    const at = piece.indexOf('=');
    return at < 0
      ? { key: piece, value: undefined }
      : { key: piece.slice(0, at), value: piece.slice(at + 1) };
  });
  return { pairs, unfinished };
}

/** The exact inverse for what parseIscsiText read. */
export function serializeIscsiText({ pairs, unfinished }: IscsiText): Uint8Array {
  const text = pairs.map(({ key, value }) => (value === undefined ? key : `${key}=${value}`));
  return Uint8Array.from(Buffer.from([...text, unfinished].join('\0'), 'latin1'));
}

/** The first value of that key, as it stands (RFC 7143 §6.1: keys are case-sensitive). */
export function iscsiTextValue(pairs: readonly IscsiTextPair[], key: string): string | undefined {
  return pairs.find((pair) => pair.key === key)?.value;
}
