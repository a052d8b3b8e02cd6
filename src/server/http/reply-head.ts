/**
 * The head of every answer, in one place: RFC 9112 §4 (status line), RFC 9110 §15, and what firmware makes of it.
 *
 * - `HTTP/1.1` whatever the client speaks (RFC 9110 §6.2); a space behind the code (iPXE, clause HTTP-003).
 * - Always a length, never a transfer coding (HTTP-002, HTTP-007), but where none may be (304) or none is known yet.
 * - No Server field: OVMF hangs on an empty one (tianocore/edk2#7443).
 * - Date stands last: pxelinux ignores the last line of a head (HTTP-016), and can do without the date.
 */
import { formatHttpDate } from './http-date.ts';

export type HeaderField = readonly [name: string, value: string | number];

export type ReplyHead = {
  readonly status: number;
  readonly fields: readonly HeaderField[];
  /** Octets of the body, also where none is sent (HEAD). Undefined: it ends with the connection, or there cannot be one. */
  readonly length: number | undefined;
};

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  206: 'Partial Content',
  304: 'Not Modified',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
};

/** One character an octet. `connection` is what the Connection field says, if anything. */
export function formatReplyHead(
  { status, fields, length }: ReplyHead,
  connection: 'close' | 'keep-alive' | undefined,
  now: number,
): string {
  let head = `HTTP/1.1 ${status} ${REASONS[status] ?? ''}\r\n`;
  for (const [name, value] of fields) head += `${name}: ${value}\r\n`;
  if (length !== undefined) head += `Content-Length: ${length}\r\n`;
  if (connection !== undefined) head += `Connection: ${connection}\r\n`;
  return `${head}Date: ${dateAt(now)}\r\n\r\n`;
}

let second = Number.NaN;
let date = '';
/** Made once a second: it costs as much as the rest of a small answer. */
function dateAt(now: number): string {
  const current = Math.floor(now / 1000);
  if (current !== second) {
    second = current;
    date = formatHttpDate(current * 1000);
  }
  return date;
}
