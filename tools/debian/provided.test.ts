import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { notProvided } from './provided.ts';

describe('notProvided', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'pxebench-provided-'));
    mkdirSync(join(root, 'usr/lib/apache2/modules'), { recursive: true });
    writeFileSync(join(root, 'usr/lib/apache2/modules/libphp8.4.so'), '');
    writeFileSync(join(root, 'dnsmasq-of-mine'), '#!/bin/sh\n');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('finds files by pattern below the root, and commands on the path', () => {
    chmodSync(join(root, 'dnsmasq-of-mine'), 0o755);
    const entries = [
      { package: 'php', provides: ['usr/lib/apache2/modules/libphp*.so'] },
      { package: 'dnsmasq', provides: ['dnsmasq-of-mine'] },
    ];

    expect(notProvided(entries, `/nowhere:${root}`, root)).toEqual([]);
  });

  it('names what is absent, and counts a file that cannot be run as absent', () => {
    const entries = [
      { package: 'php', provides: ['usr/lib/apache2/modules/libperl*.so'] },
      { package: 'dnsmasq', provides: ['dnsmasq-of-mine', '/nowhere/pxelinux.0'] },
    ];

    expect(notProvided(entries, root, root)).toEqual([
      { package: 'php', what: 'usr/lib/apache2/modules/libperl*.so' },
      { package: 'dnsmasq', what: 'dnsmasq-of-mine' },
      { package: 'dnsmasq', what: '/nowhere/pxelinux.0' },
    ]);
  });
});
