import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRecord, recordAsJson } from './format-record.ts';
import type { LogRecord } from './log-record.ts';

const record: LogRecord = {
  at: 0,
  level: 'info',
  stage: 'dhcp',
  boot: 'b-1',
  client: '00:12:34:56:78:90',
  address: '10.188.0.66',
  did: 'ack',
  because: 'architecture 0 (x86 BIOS) by option-93',
  more: { file: 'undionly.kpxe' },
  text: '10.188.0.66, undionly.kpxe',
};
const plain = { paint: (_: string, text: string) => text, width: undefined };
/** In local time, as it is shown. */
const epoch = new Date(2026, 10, 25, 7, 21, 3, 45).getTime();

describe('formatRecord', () => {
  it('puts time, client, name, stage, decision and reason into columns', () => {
    expect(formatRecord(record, epoch, plain)).toBe(
      '07:21:03.045 00:12:34:56:78:90 10.188.0.66     dhcp        10.188.0.66, undionly.kpxe (architecture 0 (x86 BIOS) by option-93)',
    );
    expect(formatRecord({ ...record, level: 'failure', hostName: 'web1' }, epoch, plain)).toMatch(
      /^07:21:03\.045 00:12:34:56:78:90 web1 {12}dhcp {6}✗ 10/,
    );
  });

  it('wraps at the width of a terminal, under the decision', () => {
    const lines = formatRecord(record, epoch, { ...plain, width: 100 })?.split('\n') ?? [];
    expect(lines).toEqual([
      '07:21:03.045 00:12:34:56:78:90 10.188.0.66     dhcp        10.188.0.66, undionly.kpxe (architecture',
      `${' '.repeat(59)}0 (x86 BIOS) by option-93)`,
    ]);
  });

  it('colours a failure, and shows nothing that is for machines only', () => {
    const paint = (format: string, text: string): string => `<${format}>${text}</>`;
    const line = formatRecord({ ...record, level: 'failure' }, epoch, { paint, width: undefined });
    expect(line).toContain('<red>✗ 10.188.0.66, undionly.kpxe');
    expect(formatRecord({ ...record, level: 'quiet' }, epoch, plain)).toBeUndefined();
  });

  it('lets no control character, line end or turned text of a client through, in text and in JSON', () => {
    const nasty = fc.string({
      unit: fc.constantFrom(
        '\x1b',
        '\n',
        '\r',
        '\0',
        '\x9b',
        '\u2028',
        '\u202e',
        '\x7f',
        'a',
        '"',
        '\\',
        ' ',
        'é',
      ),
    });
    fc.assert(
      fc.property(
        nasty,
        nasty,
        nasty,
        fc.option(fc.integer({ min: 1, max: 200 })),
        (hostName, text, because, columns) => {
          const evil = { ...record, hostName, text, because };
          const line = formatRecord(evil, epoch, { ...plain, width: columns ?? undefined }) ?? '';
          for (const one of line.split('\n')) expect(one).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
          if (columns === null) expect(line).not.toContain('\n');
          const json = recordAsJson(evil, epoch);
          expect(json).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
          expect(JSON.parse(json)).toMatchObject({ hostName, text, because });
        },
      ),
    );
  });
});

describe('recordAsJson', () => {
  it('has the time in UTC, the boot, and what is known beyond the text', () => {
    expect(JSON.parse(recordAsJson(record, 0))).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'info',
      stage: 'dhcp',
      boot: 'b-1',
      client: '00:12:34:56:78:90',
      address: '10.188.0.66',
      did: 'ack',
      because: 'architecture 0 (x86 BIOS) by option-93',
      file: 'undionly.kpxe',
      text: '10.188.0.66, undionly.kpxe',
    });
  });
});
