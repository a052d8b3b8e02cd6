import type { HttpResponse } from '../../story/event.ts';
import { httpHeader } from '../../wire/http.ts';
import type { Difference } from './difference.ts';
import type { Roles } from './roles.ts';

/** What a server gave for a request. */
export type HttpGiven = Pick<HttpResponse, 'status' | 'headers' | 'octets' | 'sha256' | 'text' | 'complete'>;

/** Up to a query or a variable: what follows is another one for each client. */
const URL_IN_TEXT = /\b[a-z][a-z0-9+.-]*:\/\/[^\s?$"'<>]+/gi;

/** Takes over where the server of now sends the client: URLs in short texts, and redirections. */
export function learnUrls(recorded: HttpGiven, got: HttpGiven, roles: Roles): void {
  const [before, now] = [recorded, got].map(({ text, headers }) => [
    ...(httpHeader(headers, 'location')?.match(URL_IN_TEXT) ?? []),
    ...(text?.match(URL_IN_TEXT) ?? []),
  ]);
  // Another number of them is another script: nobody knows which stands for which.
  if (before === undefined || now === undefined || before.length !== now.length) return;
  for (const [i, url] of before.entries()) roles.renewText(url, now[i] ?? url);
}

/** Compares two answers by meaning: addresses in texts by the role that they play. URLs are to be learned behind it. */
export function compareHttp(recorded: HttpGiven, got: HttpGiven, roles: Roles): readonly Difference[] {
  const found: Difference[] = [];
  const differ = (field: string, before: string | undefined, now: string | undefined): void => {
    if (before !== now) found.push({ field, recorded: before, got: now });
  };
  const header = ({ headers }: HttpGiven, name: string) => httpHeader(headers, name);
  differ('status', String(recorded.status), String(got.status));
  const location = header(recorded, 'location');
  differ(
    'Location',
    location === undefined ? undefined : roles.textOf(roles.inText(location)),
    header(got, 'location'),
  );
  // What the page of an error says is for people: no firmware reads it.
  if (recorded.status >= 300 || got.status >= 300) return found;
  differ('Content-Type', header(recorded, 'content-type'), header(got, 'content-type'));
  differ('length', lengthText(recorded), lengthText(got));
  // Of an answer that the recording does not hold whole there is nothing to compare.
  if (!recorded.complete) return found;
  if (recorded.text !== undefined && got.text !== undefined) {
    const [before, now] = [roles.inText(recorded.text).split('\n'), got.text.split('\n')];
    const at = before.findIndex((line, i) => line !== now[i]);
    if (at >= 0 || now.length > before.length) {
      const line = at >= 0 ? at : before.length;
      differ(`line ${line + 1}`, before[line], now[line]);
    }
    return found;
  }
  differ('octets', String(recorded.octets), String(got.octets));
  if (recorded.sha256 !== undefined) differ('SHA-256', recorded.sha256, got.sha256);
  return found;
}

/** How the client is told where the body ends. */
function lengthText({ headers }: HttpGiven): string {
  if (httpHeader(headers, 'transfer-encoding') !== undefined) return 'Transfer-Encoding';
  return httpHeader(headers, 'content-length') === undefined
    ? 'up to the end of the connection'
    : 'Content-Length';
}
