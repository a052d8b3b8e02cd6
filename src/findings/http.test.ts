import { describe, expect, it } from 'vitest';
import { option, PXE_BIOS } from '../story/testing/boot.ts';
import { JudgedBoot } from './testing/boot.ts';

const booted = () => new JudgedBoot().dora(PXE_BIOS, { file: 'a' });

describe('httpFindings', () => {
  const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
  const HTTP_CLIENT = [option(60, 'HTTPClient:Arch:00016:UNDI:003001')];

  it.each([
    [
      'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n',
      'http.refused',
      'failure',
      'GET /a?…: 404 Not Found',
    ],
    [
      'HTTP/1.1 301 Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n',
      'http.redirect',
      'note',
      'GET /a?…: 301, to /b',
    ],
    [
      'HTTP/1.1 200 OK\r\n\r\nok',
      'http.no-length',
      'note',
      'GET /a?…: the answer does not say how long it is',
    ],
    [
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok',
      'http.broken-off',
      'failure',
      'GET /a?…: broken off after 2 octets',
    ],
  ])('tells of %j', (answer, id, weight, says) => {
    expect(booted().http('/a?x=1', answer).findings(id)).toMatchObject([{ id, weight, says }]);
  });

  it('tells what two slashes in a row have to do with a redirection: R44', () => {
    const moved = 'HTTP/1.1 301 Moved\r\nLocation: /b/a\r\nContent-Length: 0\r\n\r\n';
    expect(booted().http('/b//a', moved).findings('http.redirect')).toMatchObject([
      { weight: 'note', because: 'the path has two slashes in a row, which the server puts right' },
    ]);
    expect(new JudgedBoot().dora(HTTP_CLIENT).http('/b//a', moved).findings('http.redirect')).toMatchObject([
      {
        weight: 'failure',
        because: expect.stringMatching(/two slashes.*; UEFI HTTP boot follows no redirection$/),
        remedy: 'boot from /b/a',
      },
    ]);
  });

  it('tells of a header Server without a value, to UEFI only: R45', () => {
    const empty = 'HTTP/1.1 200 OK\r\nServer:\r\nContent-Length: 2\r\n\r\nok';
    expect(new JudgedBoot().dora(HTTP_CLIENT).http('/a', empty).findings('http.empty-header')).toMatchObject([
      { weight: 'warning' },
    ]);
    expect(booted().http('/a', empty).findings('http.empty-header')).toEqual([]);
    expect(new JudgedBoot().dora(HTTP_CLIENT).http('/a', OK).findings('http.empty-header')).toEqual([]);
  });

  it('takes a refusal that the client survives for less than one that it stops at', () => {
    const boot = booted().http('/a', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n').http('/b', OK);
    expect(boot.findings('http.refused')).toMatchObject([{ weight: 'warning' }]);
  });

  it('knows what UEFI HTTP boot cannot do: follow, and go without a length (R44, R45)', () => {
    const uefi = () => new JudgedBoot().dora(HTTP_CLIENT, { file: 'http://pxe/a' });
    const moved = uefi().http('/a', 'HTTP/1.1 301 Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n');
    expect(moved.findings('http.redirect')).toMatchObject([{ weight: 'failure', remedy: 'boot from /b' }]);
    expect(uefi().http('/a', 'HTTP/1.1 200 OK\r\n\r\nok').findings('http.no-length')).toMatchObject([
      { weight: 'failure' },
    ]);
  });
});
