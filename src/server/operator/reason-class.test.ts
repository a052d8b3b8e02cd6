import { describe, expect, it } from 'vitest';
import { reasonClass } from './reason-class.ts';

describe('reasonClass', () => {
  it.each([
    ['architecture 0 (x86 BIOS) by option-93', 'architecture'],
    ['proxy: architecture 7 (x64 UEFI) by option-60', 'architecture'],
    ['boot server: item 32768 "iPXE"', 'boot-item'],
    ['iPXE by user-class-raw', 'ipxe'],
    ['iPXE by option-175, and nothing is configured for iPXE', 'no-script-for-ipxe'],
    ['no file for architecture 11', 'no-file-for-architecture'],
    ['no address is free', 'pool-exhausted'],
    ['10.0.0.9 is not yours, 10.0.0.8 is', 'not-yours'],
    ['10.9.9.9 is on another network', 'wrong-network'],
    ['it chose server 10.0.0.1', 'other-server'],
    ['it takes its address from 10.0.0.1', 'other-server'],
    ['10.0.0.1 is none of the relays', 'unknown-relay'],
    ['no record of its lease of 10.0.0.7', 'unknown-lease'],
    ['something nobody thought of', 'other'],
    [undefined, 'none'],
  ])('makes of %j the class %s', (because, reason) => {
    expect(reasonClass(because)).toBe(reason);
  });
});
