import { describe, expect, it } from 'vitest';
import { bootPath } from './boot-path.ts';

describe('bootPath', () => {
  it.each([
    ['undionly.kpxe', ['undionly.kpxe']],
    ['/undionly.kpxe', ['undionly.kpxe']],
    ['//pxelinux.cfg//default', ['pxelinux.cfg', 'default']],
    ['./a/./b', ['a', 'b']],
    ['a/..b/c...', ['a', '..b', 'c...']],
    ['%2e%2e/x', ['%2e%2e', 'x']],
  ])('reads %s as segments', (name, segments) => {
    expect(bootPath(name)).toEqual({ kind: 'path', segments });
  });

  it.each([
    ['', 'empty'],
    ['/', 'empty'],
    ['.', 'empty'],
    ['../x', 'outside'],
    ['/../x', 'outside'],
    ['a/../../x', 'outside'],
    ['a/../b', 'outside'],
    ['f\0../x', 'unreadable'],
    ['x'.repeat(256), 'unreadable'],
    ['a/'.repeat(65), 'unreadable'],
  ])('refuses %j as %s', (name, reason) => {
    expect(bootPath(name)).toEqual({ kind: 'refused', reason });
  });
});
