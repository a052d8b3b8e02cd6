import { describe, expect, it } from 'vitest';
import { formatReplyHead } from './reply-head.ts';

const NOW = Date.UTC(1994, 10, 6, 8, 49, 37, 999);

describe('formatReplyHead', () => {
  it('writes Date last, which pxelinux does not read (HTTP-016), and no Server', () => {
    const head = { status: 206, fields: [['Content-Type', 'text/plain']] as const, length: 5 };
    expect(formatReplyHead(head, 'keep-alive', NOW)).toBe(
      'HTTP/1.1 206 Partial Content\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: keep-alive\r\n' +
        'Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n',
    );
  });

  it('keeps the space behind a code that it has no words for (HTTP-003)', () => {
    expect(formatReplyHead({ status: 299, fields: [], length: undefined }, undefined, NOW)).toBe(
      'HTTP/1.1 299 \r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n',
    );
  });

  it('says the next second when it comes', () => {
    expect(formatReplyHead({ status: 200, fields: [], length: 0 }, undefined, NOW + 1)).toContain('08:49:38');
  });
});
