import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duidForm, generalText, userClassForm, vendorClassForm } from './forms.ts';

describe('generalText', () => {
  it.each([
    ['iPXE/1.0.0+git-20190125.36a4c85-5.1', 'iPXE/1.0.0+git-20190125.36a4c85-5.1'],
    ['from 10.188.0.66 or fe80::1', 'from <address> or <address>'],
    ['mac 00:12:34:56:78:90, 01-00-12-34-56-78-90', 'mac <address>, <address>'],
    ['4c4c4544-0039-4e10-804e-b9c04f4d344a', '<uuid>'],
    ['iqn.2010-04.org.ipxe:host7', '<iqn>'],
    ['http://pxe.example.com/x', 'http://<host>/x'],
  ])('makes of %s: %s', (text, wanted) => {
    expect(generalText(text)).toBe(wanted);
  });

  it('leaves no hardware address, whatever signs stand around it', () => {
    const octet = fc.integer({ min: 0, max: 255 }).map((value) => value.toString(16).padStart(2, '0'));
    const octets = fc.array(octet, { minLength: 6, maxLength: 6 });
    const around = fc.constantFrom('', ' ', '/', '(', ',', '-');
    fc.assert(
      fc.property(octets, fc.constantFrom(':', '-'), around, around, (mac, separator, before, after) => {
        expect(generalText(`${before}${mac.join(separator)}${after}`)).not.toContain(mac.join(separator));
      }),
    );
  });
});

describe('vendorClassForm', () => {
  it.each([
    ['PXEClient:Arch:00007:UNDI:003016', 'PXEClient:Arch:00007:UNDI:003016'],
    ['HTTPClient:Arch:00016:UNDI:003001', 'HTTPClient:Arch:00016:UNDI:003001'],
    ['PXEClient:PID:NCS-5508:SN:FGE19510001', 'PXEClient:PID:NCS-5508:SN:<serial>'],
    ['Juniper:ex3400-24t:NX0216450123', 'Juniper:ex3400-24t:<serial>'],
    [
      'dhcpcd-9.4.1:Linux-5.10.0-18-amd64:x86_64:GenuineIntel',
      'dhcpcd-9.4.1:Linux-5.10.0-18-amd64:x86_64:GenuineIntel',
    ],
    ['MSFT 5.0', 'MSFT 5.0'],
  ])('makes of %s: %s', (text, wanted) => {
    expect(vendorClassForm(text)).toBe(wanted);
  });
});

describe('userClassForm', () => {
  it('keeps the classes of programs and no one else’s', () => {
    expect([userClassForm('iPXE'), userClassForm('branch-office-7')]).toEqual(['iPXE', 'another name']);
  });
});

describe('duidForm', () => {
  it('never throws, and tells the types of RFC 8415 apart', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 24 }), (duid) => duidForm(duid).startsWith('DUID')));
    expect(duidForm(Uint8Array.of(0, 3, 0, 1, 0, 18, 52, 86, 120, 144))).toBe('DUID-LL, hardware type 1');
  });
});
