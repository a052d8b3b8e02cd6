import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectPackages } from './debian/apt.ts';
import { commandRunner, type RunCommand } from './debian/run-command.ts';

/**
 * Packages of Debian, rebuilt from records: paths as `dpkg-deb --contents` lists them, and of the maintainer scripts
 * the lines that matter. All files are empty; scripts are as they stand in the packages.
 */
type Recorded = {
  readonly package: string;
  readonly files: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
};

// Debian 13, tftpd-hpa 5.2+20240610-3: a server with an init script and a unit.
const TFTPD_HPA: Recorded = {
  package: 'tftpd-hpa',
  files: [
    'etc/init.d/tftpd-hpa',
    'usr/lib/systemd/system/tftpd-hpa.service',
    'usr/sbin/in.tftpd',
    'usr/share/doc/tftpd-hpa/README.Debian',
    'usr/share/man/man8/in.tftpd.8.gz',
  ],
  scripts: {
    postinst: `#!/bin/sh
set -e
# Automatically added by dh_installinit/13.24.1
if [ "$1" = "configure" ] || [ "$1" = "abort-upgrade" ] || [ "$1" = "abort-deconfigure" ] || [ "$1" = "abort-remove" ] ; then
	if [ -z "$DPKG_ROOT" ] && [ -x "/etc/init.d/tftpd-hpa" ]; then
		update-rc.d tftpd-hpa defaults >/dev/null
		invoke-rc.d --skip-systemd-native tftpd-hpa $_dh_action || exit 1
	fi
fi
# End automatically added section
# Automatically added by dh_installsystemd/13.24.1
	deb-systemd-helper unmask 'tftpd-hpa.service' >/dev/null || true
# End automatically added section
`,
  },
};

// Debian 12, php-common 2:93: a timer and a cron job. Its units lie in /lib, not /usr/lib.
const PHP_COMMON: Recorded = {
  package: 'php-common',
  files: [
    'etc/cron.d/php',
    'lib/systemd/system/phpsessionclean.service',
    'lib/systemd/system/phpsessionclean.timer',
    'usr/lib/php/sessionclean',
    'usr/sbin/phpenmod',
  ],
};

// Debian 13, qemu-system-common 1:10.0.13+ds-0+deb13u1: units that no script enables.
const QEMU_SYSTEM_COMMON: Recorded = {
  package: 'qemu-system-common',
  files: [
    'etc/qemu-ifup',
    'usr/bin/qemu-vmsr-helper',
    'usr/lib/systemd/system/qemu-vmsr-helper.service',
    'usr/lib/systemd/system/qemu-vmsr-helper.socket',
    'usr/lib/x86_64-linux-gnu/qemu/audio-alsa.so',
  ],
};

// Debian 12, ucf 3.0043+nmu1+deb12u1: speaks of update-rc.d in a comment only. dnsmasq-base 2.90-4~deb12u2: a D-Bus
// policy, which starts nothing.
const UCF: Recorded = {
  package: 'ucf',
  files: ['usr/bin/ucf', 'usr/share/dbus-1/system.d/dnsmasq.conf', 'usr/share/doc/ucf/etc/init.d/example'],
  scripts: {
    postinst: `#!/bin/sh
# Arrange for a daemon to be started at system boot time
# update-rc.d \${package_name} default >/dev/null
exit 0
`,
  },
};

let folder: string;
let run: RunCommand;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pxebench-inspect-'));
  run = commandRunner(join(folder, 'log'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function build(recorded: Recorded): Promise<string> {
  const tree = join(folder, recorded.package);
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  };
  put(
    'DEBIAN/control',
    `Package: ${recorded.package}\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.com>\nDescription: rebuilt\n`,
  );
  for (const file of recorded.files) put(file, '');
  for (const [name, text] of Object.entries(recorded.scripts ?? {})) {
    put(`DEBIAN/${name}`, text);
    chmodSync(join(tree, 'DEBIAN', name), 0o755);
  }
  const file = `${tree}.deb`;
  const { status, said } = await run(['dpkg-deb', '--root-owner-group', '--build', tree, file]);
  expect(status, said).toBe(0);
  return file;
}

const inspect = async (...packages: readonly Recorded[]): Promise<readonly string[]> => {
  const findings = await inspectPackages(await Promise.all(packages.map(build)), { run });
  return findings.map((finding) => `${finding.package} ${finding.kind} ${finding.what}`);
};

describe('inspect-deb.sh', () => {
  it('finds the init script, the unit and every call of a maintainer script', async () => {
    expect(await inspect(TFTPD_HPA)).toEqual([
      'tftpd-hpa init etc/init.d/tftpd-hpa',
      'tftpd-hpa unit usr/lib/systemd/system/tftpd-hpa.service',
      'tftpd-hpa script postinst: if [ -z "$DPKG_ROOT" ] && [ -x "/etc/init.d/tftpd-hpa" ]; then',
      'tftpd-hpa script postinst: update-rc.d tftpd-hpa defaults >/dev/null',
      'tftpd-hpa script postinst: invoke-rc.d --skip-systemd-native tftpd-hpa $_dh_action || exit 1',
      "tftpd-hpa script postinst: deb-systemd-helper unmask 'tftpd-hpa.service' >/dev/null || true",
    ]);
  });

  it('finds timers and cron jobs, in /lib as in /usr/lib', async () => {
    expect(await inspect(PHP_COMMON)).toEqual([
      'php-common schedule etc/cron.d/php',
      'php-common unit lib/systemd/system/phpsessionclean.service',
      'php-common unit lib/systemd/system/phpsessionclean.timer',
    ]);
  });

  it('finds units that nothing enables, too: whether they are inert is for a person to say', async () => {
    expect(await inspect(QEMU_SYSTEM_COMMON)).toEqual([
      'qemu-system-common unit usr/lib/systemd/system/qemu-vmsr-helper.service',
      'qemu-system-common unit usr/lib/systemd/system/qemu-vmsr-helper.socket',
    ]);
  });

  it('finds nothing in comments, D-Bus policies and documentation', async () => {
    expect(await inspect(UCF)).toEqual([]);
  });

  it.each([
    ['unit', 'etc/systemd/system/multi-user.target.wants/x.service'],
    ['unit', 'usr/lib/systemd/user/x.socket'],
    ['unit', 'usr/lib/systemd/system-preset/90-x.preset'],
    ['init', 'etc/rc2.d/S01x'],
    ['init', 'etc/sv/x/run'],
    ['schedule', 'etc/cron.daily/x'],
    ['activate', 'usr/share/dbus-1/system-services/x.service'],
    ['activate', 'etc/xdg/autostart/x.desktop'],
    ['activate', 'usr/lib/udev/rules.d/60-x.rules'],
    ['activate', 'etc/network/if-up.d/x'],
    ['activate', 'etc/dhcp/dhclient-exit-hooks.d/x'],
  ])('finds %s %s', async (kind, path) => {
    const name = `one-${path.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase()}`;
    expect(await inspect({ package: name, files: [path, 'usr/bin/x'] })).toEqual([`${name} ${kind} ${path}`]);
  });

  it('fails for a file that is no package, so that it never counts as harmless', async () => {
    const broken = join(folder, 'broken.deb');
    writeFileSync(broken, 'not a package');
    const sound = await build(PHP_COMMON);

    await expect(inspectPackages([sound, broken], { run })).rejects.toMatchObject({ code: 'SETUP_APT' });
  });
});
