import { describe, expect, it } from 'vitest';
import { entityTag } from './conditions.ts';
import { type FilePlan, partLength, planFile } from './plan-file.ts';

const NOW = Date.UTC(2026, 10, 25);
const facts = { size: 1000, modified: NOW - 60_000.5, changed: NOW - 60_000 };
const plan = (fields: Readonly<Record<string, string>>, sendBody = true, about = facts): FilePlan =>
  planFile(
    {
      fields: new Map(Object.entries(fields).map(([name, value]) => [name, [value]])),
      contentType: 'application/efi',
      sendBody,
      now: NOW,
      boundary: () => 'BOUNDARY',
    },
    about,
  );
const field = ({ fields }: FilePlan, name: string) => fields.find(([found]) => found === name)?.[1];

describe('planFile', () => {
  it('sends all of a file, and says how to ask for it again', () => {
    const whole = plan({});
    expect(whole).toMatchObject({ status: 200, length: 1000, body: [{ start: 0, end: 1000 }] });
    expect(field(whole, 'Content-Type')).toBe('application/efi');
    expect(field(whole, 'ETag')).toBe(entityTag(facts));
    expect(field(whole, 'Last-Modified')).toBe('Tue, 24 Nov 2026 23:58:59 GMT');
    expect(field(whole, 'Accept-Ranges')).toBe('bytes');
  });

  it('says the same to HEAD, range or not, and sends nothing', () => {
    const { body, ...about } = plan({ range: 'bytes=0-9' }, false);
    const { body: _octets, ...whole } = plan({});
    expect(about).toEqual(whole);
    expect(body).toEqual([]);
  });

  it('says no time of the future', () => {
    expect(field(plan({}, true, { ...facts, modified: NOW + 9999 }), 'Last-Modified')).toBe(
      'Wed, 25 Nov 2026 00:00:00 GMT',
    );
  });

  it('sends one range as itself', () => {
    const part = plan({ range: 'bytes=-10' });
    expect(part).toMatchObject({ status: 206, length: 10, body: [{ start: 990, end: 1000 }] });
    expect(field(part, 'Content-Range')).toBe('bytes 990-999/1000');
  });

  it('sends several ranges as parts, with their length', () => {
    const parts = plan({ range: 'bytes=0-1,5-5' });
    expect(field(parts, 'Content-Type')).toBe('multipart/byteranges; boundary=BOUNDARY');
    const text = parts.body.map((part) =>
      part instanceof Uint8Array ? Buffer.from(part).toString() : '#'.repeat(partLength(part)),
    );
    const head = (range: string) =>
      `--BOUNDARY\r\nContent-Type: application/efi\r\nContent-Range: bytes ${range}/1000\r\n\r\n`;
    expect(text.join('')).toBe(`${head('0-1')}##\r\n${head('5-5')}#\r\n--BOUNDARY--\r\n`);
    expect(parts.length).toBe(text.join('').length);
  });

  it('says how long the file is to whoever wants what is behind its end', () => {
    const none = plan({ range: 'bytes=1000-' });
    expect(none.status).toBe(416);
    expect(field(none, 'Content-Range')).toBe('bytes */1000');
  });

  it('says neither length nor type where the client has the file already', () => {
    const same = plan({ 'if-none-match': '*' });
    expect(same).toMatchObject({ status: 304, length: undefined, body: [] });
    expect(field(same, 'ETag')).toBe(entityTag(facts));
    expect(field(same, 'Content-Type')).toBeUndefined();
  });

  it('refuses to go on with another file, range or not', () => {
    expect(plan({ 'if-match': '"a"', range: 'bytes=5-' }).status).toBe(412);
    expect(plan({ 'if-match': '"a"' }, false)).toMatchObject({ status: 412, body: [] });
  });

  it('sends all of a file that is not the one the range was meant for', () => {
    expect(plan({ 'if-range': '"a"', range: 'bytes=5-' })).toMatchObject({ status: 200, length: 1000 });
  });
});
