import { describe, expect, it } from 'vitest';
import { formatLadder, formatScenario, formatSummary, type Paint, PLAIN, printable } from './terminal.ts';
import { BROKEN, FAILED, PASSED, RUN, SKIPPED } from './testing/results.ts';

const text = (lines: readonly string[]): string => lines.map((line) => line.trimEnd()).join('\n');

describe('formatScenario', () => {
  it('shows the ladder with what met a step, and how many were met', () => {
    expect(text(formatScenario(PASSED, PLAIN, 100, 'out'))).toBe(
      [
        '✓ A client nobody knows is told to exit',
        '  seed/unknown-client-exits · server reference · bios-ipxe · 5.8 s from power-on to verdict',
        '',
        '      2.681 ← pxe  DHCP     offer, for iPXE, 10.188.0.66, file undionly.kpxe,                #3 ✓1',
        '                              next-server 10.188.0.10',
        '',
        '  1 of 1 steps met',
        '',
      ].join('\n'),
    );
  });

  it('says of a failure which step, where it stands, what was wanted and got, in which frame, and where the evidence lies', () => {
    const lines = formatScenario(FAILED, PLAIN, 100, 'out');
    expect(text(lines.slice(lines.findIndex((line) => line.includes('steps met'))))).toBe(
      [
        '  0 of 2 steps met',
        '  ✗ expect 1  dhcp: offer, to: ipxe, file: http://pxe.example.com/boot1.txt  (seed/bios-ipxe-to-pxelinux.yaml line 24)',
        '      file  wanted http://pxe.example.com/boot1.txt',
        '               got undionly.kpxe',
        '      at 2.681 s, #3: DHCP offer, for iPXE, 10.188.0.66, file undionly.kpxe, next-server 10.188.0.10',
        '      1 more step was not reached',
        '  ✗ never  tftp: *  (seed/bios-ipxe-to-pxelinux.yaml line 70)',
        '      this must never happen, and it did\\x07',
        '  capture    out/x/capture.pcapng',
        '',
      ].join('\n'),
    );
  });

  it('says what the link did, and by which seed', () => {
    const rules = [
      { text: 'lose dhcp offer, first 1', acted: 1 },
      { text: 'delay dns, by 2', acted: 12 },
    ];
    expect(text(formatScenario({ ...PASSED, link: { seed: 7, rules } }, PLAIN, 100, 'out'))).toContain(
      [
        '  link, seed 7',
        '        1 frame  lose dhcp offer, first 1',
        '      12 frames  delay dns, by 2',
      ].join('\n'),
    );
  });

  it('tells a fault of the bench from a fault of the server, with the remedy', () => {
    expect(text(formatScenario(BROKEN, PLAIN, 100, 'out'))).toContain(
      '  the bench failed: pxe: dnsmasq ended before it served\n  remedy: another process has that port\n',
    );
    expect(text(formatScenario(SKIPPED, PLAIN, 100, 'out'))).toContain('  skipped: this machine lacks:');
  });

  it('has colours only where it is asked for them', () => {
    const marked: Paint = (format, painted) => `<${format}>${painted}</>`;
    expect(text(formatScenario(FAILED, marked, 100, 'out'))).toContain('<red>✗</> <bold>A machine');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
    expect(text(formatScenario(FAILED, PLAIN, 100, 'out'))).not.toMatch(/\x1b/);
  });
});

describe('formatLadder', () => {
  it.each([72, 80, 120, 200])('keeps to a terminal of %d columns', (width) => {
    const long = {
      ...PASSED.ladder[0],
      text: `GET /boot2.php?${'mac=00%3A12&'.repeat(40)}`,
    } as (typeof PASSED.ladder)[number];
    for (const line of formatLadder([long], PLAIN, width)) expect(line.length).toBeLessThanOrEqual(width);
  });
});

describe('formatSummary', () => {
  it('counts what passed, failed, was not judged and was skipped', () => {
    expect(formatSummary(RUN, PLAIN)).toEqual([
      '1 passed, 1 failed, 1 not judged: the bench failed, 1 skipped in 20.0 s',
    ]);
  });
});

describe('printable', () => {
  it('shows what a terminal would obey', () => {
    expect(printable('a\x1b[2Jb\nc\x9bd ä')).toBe('a\\x1b[2Jb\\nc\\x9bd ä');
  });
});
