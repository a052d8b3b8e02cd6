import { describe, expect, it } from 'vitest';
import { matchesPattern } from './pattern.ts';

describe('matchesPattern', () => {
  it.each([
    { pattern: 'ipxe.efi', text: 'ipxe.efi', matches: true },
    { pattern: 'ipxe.efi', text: 'ipxeXefi', matches: false },
    { pattern: 'ipxe.efi', text: 'x/ipxe.efi', matches: false },
    { pattern: '*', text: '', matches: true },
    { pattern: '/pxelinux.cfg/*', text: '/pxelinux.cfg/default', matches: true },
    { pattern: 'PXEClient:Arch:0000?:*', text: 'PXEClient:Arch:00007:UNDI:003001', matches: true },
    { pattern: 'pxelinux.cfg/0ABC', text: 'pxelinux.cfg/0abc', matches: false },
    { pattern: 'a+b (c) [d]', text: 'a+b (c) [d]', matches: true },
    { pattern: 're:^iPXE/\\d', text: 'iPXE/1.0.0+', matches: true },
    { pattern: 're:^iPXE$', text: 'iPXE/1.0.0+', matches: false },
    { pattern: '*two*', text: 'line one\nline two', matches: true },
  ])('$pattern on $text: $matches', ({ pattern, text, matches }) => {
    expect(matchesPattern(pattern, text)).toBe(matches);
  });
});
