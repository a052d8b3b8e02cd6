import { describe, expect, it } from 'vitest';
import { parseSimulation } from './simulation.ts';

// Printed by apt 3.0.3 of Debian 13: apt-get install --simulate --no-install-recommends dnsmasq tftpd-hpa
const ADDING = `NOTE: This is only a simulation!
      apt-get needs root privileges for real execution.
      Keep also in mind that locking is deactivated,
      so don't depend on the relevance to the real current situation!
Reading package lists...
Building dependency tree...
Reading state information...
The following additional packages will be installed:
  libwrap0 netbase runit-helper
Suggested packages:
  resolvconf
The following NEW packages will be installed:
  dnsmasq libwrap0 netbase runit-helper tftpd-hpa
0 upgraded, 5 newly installed, 0 to remove and 0 not upgraded.
Inst netbase (6.5 Debian:13.8/stable [all])
Inst runit-helper (2.16.4 Debian:13.8/stable [all])
Inst dnsmasq (2.91-1+deb13u2 Debian:13.8/stable [all])
Inst libwrap0 (7.6.q-36 Debian:13.8/stable [amd64])
Inst tftpd-hpa (5.2+20240610-3 Debian:13.8/stable [amd64])
Conf netbase (6.5 Debian:13.8/stable [all])
Conf tftpd-hpa (5.2+20240610-3 Debian:13.8/stable [amd64])
`;

// Lines of apt 2.6.1 of Debian 12: of `upgrade`, and of `install sysvinit-core` on a machine with systemd.
const REPLACING = `Inst libssl-dev [3.0.19-1~deb12u2] (3.0.22-1~deb12u2 Debian-Security:12/oldstable-security [amd64]) []
Inst libgcrypt20 [1.10.1-3] (1.10.1-3+deb12u1 Debian:12.15/oldstable, Debian-Security:12/oldstable-security [amd64])
Remv packagekit [1.2.6-5+deb12u1]
Remv libpam-systemd [252.38-1~deb12u1]
`;

describe('parseSimulation', () => {
  it('reads name and version of every package that would be new, and nothing of the text for people', () => {
    expect(parseSimulation(ADDING)).toEqual({
      installs: [
        { name: 'netbase', version: '6.5', replaces: undefined },
        { name: 'runit-helper', version: '2.16.4', replaces: undefined },
        { name: 'dnsmasq', version: '2.91-1+deb13u2', replaces: undefined },
        { name: 'libwrap0', version: '7.6.q-36', replaces: undefined },
        { name: 'tftpd-hpa', version: '5.2+20240610-3', replaces: undefined },
      ],
      removes: [],
    });
  });

  it('tells what would be replaced and what removed', () => {
    expect(parseSimulation(REPLACING)).toEqual({
      installs: [
        { name: 'libssl-dev', version: '3.0.22-1~deb12u2', replaces: '3.0.19-1~deb12u2' },
        { name: 'libgcrypt20', version: '1.10.1-3+deb12u1', replaces: '1.10.1-3' },
      ],
      removes: ['packagekit', 'libpam-systemd'],
    });
  });

  it('reports SETUP_UNREADABLE for an Inst line of another form, rather than passing over a package', () => {
    expect(() => parseSimulation('Inst tftpd-hpa 5.2\n')).toThrow(
      expect.objectContaining({ code: 'SETUP_UNREADABLE' }),
    );
  });
});
