import { describe, expect, it } from 'vitest';
import { describeFindings, type Finding, parseFindings, withoutInert } from './findings.ts';

const unit: Finding = {
  package: 'qemu-system-common',
  kind: 'unit',
  what: 'usr/lib/systemd/system/qemu-vmsr-helper.socket',
};
const script: Finding = {
  package: 'qemu-system-common',
  kind: 'script',
  what: 'postinst: deb-systemd-helper enable',
};
const inert = [{ package: 'qemu-system-common', files: [unit.what] }];

describe('parseFindings', () => {
  it('reads package, kind and what', () => {
    expect(
      parseFindings('tgt\tinit\tetc/init.d/tgt\ntgt\tscript\tpostinst: update-rc.d tgt defaults\n'),
    ).toEqual([
      { package: 'tgt', kind: 'init', what: 'etc/init.d/tgt' },
      { package: 'tgt', kind: 'script', what: 'postinst: update-rc.d tgt defaults' },
    ]);
  });

  it.each(['tgt\tdaemon\tetc/init.d/tgt', 'tgt init', 'tgt\tinit'])(
    'reports SETUP_UNREADABLE for "%s"',
    (line) => {
      expect(() => parseFindings(line)).toThrow(expect.objectContaining({ code: 'SETUP_UNREADABLE' }));
    },
  );
});

describe('withoutInert', () => {
  it('leaves out a file that is known to be inert', () => {
    expect(withoutInert([unit], inert)).toEqual([]);
  });

  it('keeps it as soon as a script of its package touches services', () => {
    expect(withoutInert([unit, script], inert)).toEqual([unit, script]);
  });

  it('keeps other files of the package, and the same file of another package', () => {
    const other = { ...unit, what: 'usr/lib/systemd/system/qemu-vmsr-helper.timer' };
    const elsewhere = { ...unit, package: 'qemu-system-x86' };
    expect(withoutInert([unit, other, elsewhere], inert)).toEqual([other, elsewhere]);
  });
});

describe('describeFindings', () => {
  it('says one sentence a package, with the file rather than the script, and how much more there is', () => {
    const other: Finding = { package: 'php-common', kind: 'schedule', what: 'etc/cron.d/php' };
    expect(describeFindings([script, unit, other])).toEqual([
      'qemu-system-common brings a systemd unit: usr/lib/systemd/system/qemu-vmsr-helper.socket, and 1 more',
      'php-common brings a cron job: etc/cron.d/php',
    ]);
  });
});
