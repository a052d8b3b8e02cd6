import { describe, expect, it } from 'vitest';
import { formatHttp, httpHeader, looksLikeHttp, serializeHttpHead } from './http.ts';

const text = (octets: string): Uint8Array => Uint8Array.from(Buffer.from(octets, 'latin1'));

describe('serializeHttpHead', () => {
  // captures/lab/bios-ipxe-rom.pcap, frame 31.
  it('writes the request as iPXE wrote it', () => {
    const bytes = serializeHttpHead({
      kind: 'request',
      method: 'GET',
      target: '/boot1.txt',
      version: '1.1',
      headers: [
        ['Connection', 'keep-alive'],
        ['User-Agent', 'iPXE/1.0.0+git-20190125.36a4c85-5.1'],
        ['Host', 'pxe.example.com'],
      ],
    });
    expect(bytes).toEqual(
      text(
        'GET /boot1.txt HTTP/1.1\r\nConnection: keep-alive\r\nUser-Agent: iPXE/1.0.0+git-20190125.36a4c85-5.1\r\nHost: pxe.example.com\r\n\r\n',
      ),
    );
  });

  it('writes a status line, with the space even where there is no reason', () => {
    const head = { kind: 'response', status: 200, reason: '', version: '1.0', headers: [] } as const;
    expect(serializeHttpHead(head)).toEqual(text('HTTP/1.0 200 \r\n\r\n'));
  });

  it.each([
    { field: 'method', part: { method: 'G T' } },
    { field: 'target', part: { target: '/a b' } },
    { field: 'target', part: { target: '/\u0100' } },
    { field: 'header name', part: { headers: [['a:b', 'c']] as const } },
    { field: 'header value', part: { headers: [['a', 'b\r\nc: d']] as const } },
  ])('throws WIRE_UNENCODABLE in $field for $part', ({ field, part }) => {
    const base = { kind: 'request', method: 'GET', target: '/', version: '1.1', headers: [] } as const;
    expect(() => serializeHttpHead({ ...base, ...part })).toThrow(
      expect.objectContaining({ code: 'WIRE_UNENCODABLE', field }),
    );
  });
});

describe('httpHeader', () => {
  it('finds the first of that name in any letter case', () => {
    const headers = [
      ['CONTENT-length', '1'],
      ['Content-Length', '2'],
    ] as const;
    expect(httpHeader(headers, 'content-length')).toBe('1');
    expect(httpHeader(headers, 'host')).toBeUndefined();
  });
});

describe('looksLikeHttp', () => {
  it.each([
    { octets: 'GET /boot1.txt HTTP/1.1\r\n', request: true, response: false },
    { octets: 'HTTP/1.0 404 Not found\r\n', request: false, response: true },
    { octets: '\x16\x03\x01\x02\x00\x01', request: false, response: false },
    { octets: 'InitiatorName=iqn.1993-08', request: false, response: false },
    { octets: '', request: false, response: false },
  ])('says request $request, response $response for $octets', ({ octets, request, response }) => {
    expect(looksLikeHttp(text(octets), 'request')).toBe(request);
    expect(looksLikeHttp(text(octets), 'response')).toBe(response);
    expect(looksLikeHttp(text(octets))).toBe(request || response);
  });
});

describe('formatHttp', () => {
  it('puts an item on one line', () => {
    expect(formatHttp({ kind: 'body-gap', octets: 5 })).toBe('body, 5 bytes not captured');
    expect(formatHttp({ kind: 'message-end', complete: false, octets: 7, missing: 0 })).toBe(
      'end of message, body 7 bytes, cut off',
    );
  });
});
