/**
 * What a request for a file that is there gets: RFC 9110 §13 (conditions), §14 (ranges), §15.3.7 (206), §15.4.5 (304), §15.5.13
 * (412), §15.5.17 (416). Pure: the shell opens the file and sends the parts.
 */
import { type ByteRange, wantedRanges } from './byte-ranges.ts';
import { checkConditions, entityTag, type FileFacts, lastModified } from './conditions.ts';
import { formatHttpDate } from './http-date.ts';
import type { HeaderField, ReplyHead } from './reply-head.ts';
import type { RequestFields } from './request-head.ts';

/** A piece of a body: of the file, or as it stands here. */
export type BodyPart = ByteRange | Uint8Array;

export type FilePlan = ReplyHead & { readonly body: readonly BodyPart[] };

export type FileRequest = {
  readonly fields: RequestFields;
  readonly contentType: string;
  /** False: HEAD. */
  readonly sendBody: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What stands between the parts, where several ranges are wanted. */
  readonly boundary: () => string;
};

export function planFile(
  { fields, contentType, sendBody, now, boundary }: FileRequest,
  facts: FileFacts,
): FilePlan {
  const { size } = facts;
  const type: HeaderField = ['Content-Type', contentType];
  const validators: readonly HeaderField[] = [
    ['ETag', entityTag(facts)],
    // RFC 9110 §8.8.2.1: never later than the Date of the same answer.
    ['Last-Modified', formatHttpDate(Math.min(lastModified(facts), now))],
    ['Accept-Ranges', 'bytes'],
  ];
  const condition = checkConditions(fields, facts, now);
  if (condition.kind === 'failed') return refusal(412, 'the file has changed\n', validators, sendBody);
  // A length would be that of the file (RFC 9110 §8.6), and some clients would wait for it.
  if (condition.kind === 'not-modified')
    return { status: 304, fields: validators, length: undefined, body: [] };

  // §14.2: only GET has ranges.
  const useRange = sendBody && !condition.ignoreRange;
  const wanted = wantedRanges(useRange ? fields.get('range') : undefined, size);
  switch (wanted.kind) {
    case 'whole': {
      const body = sendBody && size > 0 ? [{ start: 0, end: size }] : [];
      return { status: 200, fields: [type, ...validators], length: size, body };
    }
    case 'unsatisfiable':
      return refusal(
        416,
        'the file is shorter\n',
        [['Content-Range', `bytes */${size}`], ...validators],
        sendBody,
      );
    case 'parts': {
      const [first, ...more] = wanted.ranges;
      if (first === undefined || more.length > 0)
        return severalParts(wanted.ranges, type, validators, size, boundary());
      const range: HeaderField = ['Content-Range', contentRange(first, size)];
      return {
        status: 206,
        fields: [type, range, ...validators],
        length: first.end - first.start,
        body: [first],
      };
    }
    default:
      return wanted satisfies never;
  }
}

/** RFC 9110 §14.6: multipart/byteranges. Its length is known, so it is said. */
function severalParts(
  ranges: readonly ByteRange[],
  [, contentType]: HeaderField,
  validators: readonly HeaderField[],
  size: number,
  boundary: string,
): FilePlan {
  const body: BodyPart[] = [];
  for (const range of ranges) {
    const head = `--${boundary}\r\nContent-Type: ${contentType}\r\nContent-Range: ${contentRange(range, size)}\r\n\r\n`;
    body.push(Buffer.from(body.length === 0 ? head : `\r\n${head}`), range);
  }
  body.push(Buffer.from(`\r\n--${boundary}--\r\n`));
  const length = body.reduce((sum, part) => sum + partLength(part), 0);
  const type: HeaderField = ['Content-Type', `multipart/byteranges; boundary=${boundary}`];
  return { status: 206, fields: [type, ...validators], length, body };
}

export function partLength(part: BodyPart): number {
  return part instanceof Uint8Array ? part.length : part.end - part.start;
}

function contentRange({ start, end }: ByteRange, size: number): string {
  return `bytes ${start}-${end - 1}/${size}`;
}

function refusal(status: number, text: string, fields: readonly HeaderField[], sendBody: boolean): FilePlan {
  const body = Buffer.from(text);
  const all: readonly HeaderField[] = [['Content-Type', 'text/plain'], ...fields];
  return { status, fields: all, length: body.length, body: sendBody ? [body] : [] };
}
