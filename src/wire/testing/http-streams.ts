/** For the tests of HttpStream: two streams of messages, and items as short lines. */
import { formatHttp, type HttpItem } from '../http.ts';
import { HttpStream, type HttpStreamOptions } from '../http-stream.ts';

export const text = (octets: string): Uint8Array => Uint8Array.from(Buffer.from(octets, 'latin1'));

// captures/lab/bios-ipxe-rom.pcap, frame 31, and the like: iPXE asks twice over one connection.
export const REQUESTS = [
  'GET /boot1.txt HTTP/1.1\r\nConnection: keep-alive\r\nUser-Agent: iPXE/1.0.0+git-20190125.36a4c85-5.1\r\nHost: pxe.example.com\r\n\r\n',
  'POST /facts?a=b+c HTTP/1.1\r\nhost: pxe.example.com\r\nHOST: again\r\nContent-Length: 5\r\n\r\nhello',
  'PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n06\r\n world\r\n0\r\nDigest: x\r\n\r\n',
  'HEAD / HTTP/1.0\r\n\r\n',
].join('');
// captures/lab/bios-ipxe-rom.pcap, frame 33, shortened; the others by hand after RFC 9112.
export const RESPONSES = [
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 200 OK\r\nHost: pxe.example.com\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Length: 7\r\n\r\n#!ipxe\n',
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 333\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  'HTTP/1.0 404 Not f\u00f6und\r\nX: \u00ff\r\n\r\nnot here',
].join('');

/** One short line an item; bodies are told apart by their octets. */
export function shown(items: readonly HttpItem[]): string[] {
  return items.map((item) => {
    if (item.kind === 'body') return `body ${Buffer.from(item.bytes).toString('latin1')}`;
    if (item.kind === 'error') return `${item.error.code} ${item.error.field} at ${item.error.offset}`;
    return formatHttp(item);
  });
}

export function read(
  octets: string,
  options: HttpStreamOptions,
  how: 'closed' | 'cut' = 'closed',
): HttpItem[] {
  const stream = new HttpStream(options);
  return [...stream.push(text(octets)), ...stream.end(how)];
}

export const requests: HttpStreamOptions = { type: 'request' };
export const responses: HttpStreamOptions = { type: 'response' };
