import { describe, expect, it } from 'vitest';
import { junitXml } from './junit.ts';
import { RUN } from './testing/results.ts';

describe('junitXml', () => {
  const xml = junitXml(RUN);

  it('is well-formed: every element is closed in order, and nothing stands unescaped', () => {
    const open: string[] = [];
    const rest = xml.replace(
      /<\?xml[^>]*\?>|<(\/?)([a-z-]+)((?: [a-z]+="[^"<&]*(?:&(?:amp|lt|gt|quot|#10);[^"<&]*)*")*)(\/?)>/g,
      (_, closing: string, name: string, __, empty: string) => {
        if (closing === '/') expect(open.pop()).toBe(name);
        else if (name !== undefined && empty === '') open.push(name);
        return '';
      },
    );
    expect(open).toEqual([]);
    expect(rest.replace(/&(?:amp|lt|gt|quot|#10);/g, '')).not.toMatch(/[<>&]/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no place for them
    expect(xml).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f]/);
  });

  it('tells failures from errors and skips, in counts and elements', () => {
    expect(xml).toContain(
      '<testsuites name="pxebench" tests="4" failures="1" errors="1" skipped="1" time="25.600">',
    );
    expect(xml.match(/<failure /g)).toHaveLength(2);
    expect(xml).toContain(
      '<error message="pxe: dnsmasq ended before it served">another process has that port</error>',
    );
    expect(xml).toContain('<skipped message="this machine lacks:&#10;  /usr/share/OVMF"/>');
  });

  it('names scenario, title and server, and where the evidence lies', () => {
    expect(xml).toContain(
      '<testcase classname="seed/bios-ipxe-to-pxelinux" name="A machine &lt;whose&gt; firmware is &quot;iPXE&quot; &amp; more [seed]"',
    );
    expect(xml).toContain('[[ATTACHMENT|x/capture.pcapng]]');
  });
});
