import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { missingLockEntries } from './complete-lock.ts';

describe('missingLockEntries', () => {
  it('adds what the name of an optional dependency says about its platform', () => {
    const packages = {
      'node_modules/parser': {
        dev: true,
        optionalDependencies: {
          '@parser/binding-linux-x64-gnu': '1.2.3',
          '@parser/binding-linux-arm-musleabihf': '1.2.3',
          '@parser/binding-win32-ia32-msvc': '1.2.3',
        },
      },
      'node_modules/@parser/binding-linux-x64-gnu': { version: '1.2.3' },
    };

    expect(missingLockEntries({ packages })).toEqual({
      'node_modules/@parser/binding-linux-arm-musleabihf': {
        version: '1.2.3',
        dev: true,
        optional: true,
        os: ['linux'],
        cpu: ['arm'],
        libc: ['musl'],
      },
      'node_modules/@parser/binding-win32-ia32-msvc': {
        version: '1.2.3',
        dev: true,
        optional: true,
        os: ['win32'],
        cpu: ['ia32'],
      },
    });
  });

  it('finds nothing missing from our own package-lock.json, so that npm ci accepts it', () => {
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));

    expect(missingLockEntries(lock)).toEqual({});
  });
});
