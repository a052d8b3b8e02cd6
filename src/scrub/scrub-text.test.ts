import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4, mac } from '../wire/address.ts';
import { Known } from './known.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { scrubTarget, scrubText } from './scrub-text.ts';

const KEY = new TextEncoder().encode('a key for tests');

function site(): Pseudonyms {
  const known = new Known();
  known.ipv4.add(ipv4('192.168.0.66'));
  known.macs.add(mac('52:54:00:12:34:ab'));
  known.names.add('boot.acme.org');
  known.words.add('acme');
  known.serials.add('SN12345678');
  return new Pseudonyms(KEY, { hideVendor: false }, known);
}

describe('scrubText', () => {
  it('keeps the length of whatever it is given', () => {
    const to = site();
    const texts = fc.oneof(
      fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((octet) => String.fromCharCode(octet)) }),
      fc.stringMatching(/^[0-9a-f:.%-]{0,40}$/),
      fc.ipV6(),
      fc.webUrl({ withQueryParameters: true }),
    );
    fc.assert(
      fc.property(texts, fc.boolean(), (text, isScript) => {
        expect(scrubText(text, to, { isScript })).toHaveLength(text.length);
        expect(scrubTarget(text, to)).toHaveLength(text.length);
      }),
    );
  });

  it('replaces a hardware address alike in every spelling, and keeps their case', () => {
    const to = site();
    const made = to.mac(mac('52:54:00:12:34:ab'));
    const [a, b, c] = made.slice(9).split(':') as [string, string, string];

    expect(scrubText('52:54:00:12:34:ab', to)).toBe(`52:54:00:${a}:${b}:${c}`);
    expect(scrubText('pxelinux.cfg/01-52-54-00-12-34-ab', to)).toBe(
      `pxelinux.cfg/01-52-54-00-${a}-${b}-${c}`,
    );
    expect(scrubText('52-54-00-12-34-AB', to)).toBe(`52-54-00-${a}-${b}-${c}`.toUpperCase());
    expect(scrubText('5254.0012.34ab', to)).toBe(`5254.00${a}.${b}${c}`);
    expect(scrubText('mac-525400 5254001234ab', to)).toBe(`mac-525400 525400${a}${b}${c}`);
    expect(scrubText('?mac=52%3A54%3A00%3A12%3A34%3Aab', to)).toBe(`?mac=52%3A54%3A00%3A${a}%3A${b}%3A${c}`);
  });

  it('replaces an address in hex, and what pxelinux shortens it to, by who asks', () => {
    const to = site();
    const client = ipv4('192.168.0.66');
    const hex = to
      .ipv4(client)
      .split('.')
      .map((octet) => Number(octet).toString(16).padStart(2, '0'))
      .join('')
      .toUpperCase();

    expect(scrubText('pxelinux.cfg/C0A80042', to, { client })).toBe(`pxelinux.cfg/${hex}`);
    for (let digits = 7; digits > 0; digits--) {
      expect(scrubText(`pxelinux.cfg/${'C0A80042'.slice(0, digits)}`, to, { client })).toBe(
        `pxelinux.cfg/${hex.slice(0, digits)}`,
      );
    }
    expect(scrubText('DEADBEEF and pxelinux.cfg/default', to, { client })).toBe(
      'DEADBEEF and pxelinux.cfg/default',
    );
  });

  it('replaces names and the organisation as words, and leaves other words', () => {
    const made = scrubText('kernel http://boot.acme.org/acme/vmlinuz acmeish', site());
    expect(made).not.toMatch(/boot\.acme|\/acme\//);
    expect(made).toMatch(/^kernel http:\/\/\w{4}\.\w{4}\.\w{3}\/\w{4}\/vmlinuz acmeish$/);
  });

  it('overwrites what looks like a password, in URLs and in scripts', () => {
    const to = site();
    expect(scrubText('http://joe:s3cret@10.0.0.1/x', to)).toMatch(/^http:\/\/xxxxxxxxxx@/);
    const script =
      'd-i passwd/root-password password r00t me\nrootpw --iscrypted $6$abc\nset menu-timeout 5\n';
    expect(scrubText(script, to, { isScript: true })).toMatch(
      /^d-i passwd\/root-password x{8} x{4} xx\nrootpw x{11} x{6}\nset menu-timeout 5\n$/,
    );
    expect(to.secrets).toBe(3);
  });
});

describe('scrubTarget', () => {
  it('replaces the fields of a query by what they are', () => {
    const made = scrubTarget(
      '/boot2.php?ip=192.168.0.66&netmask=255.255.255.0&serial=SN12345678&product=OptiPlex%207090&password=abc&asset=',
      site(),
    );
    expect(made).toMatch(
      /^\/boot2\.php\?ip=10\.188\.\d\d\.\d\d&netmask=255\.255\.255\.0&serial=[A-Z]{2}\d{8}&product=OptiPlex%207090&password=xxx&asset=$/,
    );
    expect(made).not.toContain('SN12345678');
  });
});
