import { describe, expect, it } from 'vitest';
import type { Finding } from './findings.ts';
import { refuseUnlessHarmless, sharedLibraries, takenPackages } from './plan.ts';
import type { PlannedPackage } from './simulation.ts';

const planned = (name: string, replaces?: string): PlannedPackage => ({ name, version: '1', replaces });

// Debian 13, as apt-cache show prints it; shortened to the fields that matter.
const STANZAS = `Package: libapache2-mod-php8.4
Version: 8.4.28-1~deb13u1
Provides: libapache2-mod-php, php-json, php8.4-json, phpapi-20240924
Depends: media-types | mime-support, php8.4-cli, php8.4-common (= 8.4.28-1~deb13u1), php8.4-opcache, tzdata, ucf, apache2-api-20120211, apache2-bin (>= 2.4.16), libargon2-1 (>= 0~20171227), libc6 (>= 2.38), libpcre2-8-0 (>= 10.32), libsodium23 (>= 1.0.18), libssl3t64 (>= 3.0.0), libxml2 (>= 2.9.4), zlib1g (>= 1:1.1.4)
Recommends: apache2

Package: php8.4-readline
Pre-Depends: libc6:any
Depends: php8.4-common (= 8.4.28-1~deb13u1), libbsd0 | libedit2 (>= 2.11-20080614-4), libc6 (>= 2.38)
`;

describe('takenPackages', () => {
  it('takes what the patterns name, whatever the release calls its version', () => {
    const needed = [
      'libc6',
      'php-common',
      'php8.4-cli',
      'libapache2-mod-php8.4',
      'libapache2-mod-php',
      'psmisc',
    ];

    const taken = takenPackages(
      needed.map((name) => planned(name)),
      ['libapache2-mod-php*', 'php*'],
    );

    expect(taken.map(({ name }) => name)).toEqual([
      'php-common',
      'php8.4-cli',
      'libapache2-mod-php8.4',
      'libapache2-mod-php',
    ]);
  });
});

describe('sharedLibraries', () => {
  it('names the libraries among the dependencies, of alternatives the one apt has chosen', () => {
    const needed = [
      'apache2-bin',
      'libargon2-1',
      'libc6',
      'libedit2',
      'libpcre2-8-0',
      'libsodium23',
      'libssl3t64',
    ];

    expect(
      sharedLibraries(
        STANZAS,
        [...needed, 'libxml2', 'zlib1g'].map((name) => planned(name)),
      ),
    ).toEqual(['libargon2-1', 'libc6', 'libedit2', 'libpcre2-8-0', 'libsodium23', 'libssl3t64', 'libxml2']);
  });
});

describe('refuseUnlessHarmless', () => {
  const unit: Finding = {
    package: 'tftpd-hpa',
    kind: 'unit',
    what: 'usr/lib/systemd/system/tftpd-hpa.service',
  };
  const restart: Finding = {
    package: 'libpam0g',
    kind: 'script',
    what: 'postinst: invoke-rc.d cron restart',
  };

  it('lets an installation pass that only adds, and nothing that could start', () => {
    expect(() => refuseUnlessHarmless({ installs: [planned('ipxe')], removes: [] }, [], [])).not.toThrow();
  });

  it('refuses a package that brings a service, and names package and file', () => {
    expect(() => refuseUnlessHarmless({ installs: [planned('tftpd-hpa')], removes: [] }, [unit], [])).toThrow(
      expect.objectContaining({
        code: 'SETUP_BRINGS_SERVICE',
        message: expect.stringContaining(
          'tftpd-hpa brings a systemd unit: usr/lib/systemd/system/tftpd-hpa.service',
        ),
        hint: expect.stringContaining('only unpacked'),
      }),
    );
  });

  it('refuses to remove packages', () => {
    expect(() => refuseUnlessHarmless({ installs: [], removes: ['tftpd-hpa'] }, [], [])).toThrow(
      expect.objectContaining({ code: 'SETUP_REMOVES', message: expect.stringContaining('tftpd-hpa') }),
    );
  });

  it('lets a package be upgraded whose service is there already, unless a script would restart it', () => {
    const upgrade = { installs: [planned('tftpd-hpa', '0'), planned('libpam0g', '0')], removes: [] };

    expect(() => refuseUnlessHarmless(upgrade, [unit], [])).not.toThrow();
    expect(() => refuseUnlessHarmless(upgrade, [unit, restart], [])).toThrow(
      expect.objectContaining({
        code: 'SETUP_BRINGS_SERVICE',
        hint: expect.stringContaining('apt-get upgrade'),
      }),
    );
  });
});
