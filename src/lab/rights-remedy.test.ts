import { describe, expect, it } from 'vitest';
import { rightsRemedy } from './rights-remedy.ts';

const sysctls =
  (values: Readonly<Record<string, string>>) =>
  async (name: string): Promise<string | undefined> =>
    values[name];

describe('rightsRemedy', () => {
  it.each([
    {
      machine: 'a Debian that forbids it',
      values: { 'kernel.unprivileged_userns_clone': '0\n', 'user.max_user_namespaces': '96365\n' },
      says: 'sudo sysctl -w kernel.unprivileged_userns_clone=1',
    },
    {
      machine: 'an Ubuntu that forbids it',
      values: {
        'kernel.unprivileged_userns_clone': '1\n',
        'kernel.apparmor_restrict_unprivileged_userns': '1\n',
        'user.max_user_namespaces': '96365\n',
      },
      says: 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
    },
    {
      machine: 'a machine that forbids it twice',
      values: { 'kernel.unprivileged_userns_clone': '0\n', 'user.max_user_namespaces': '0\n' },
      says: 'sudo sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000',
    },
  ])('is the one command that allows what $machine forbids', async ({ values, says }) => {
    expect(await rightsRemedy(false, sysctls(values))).toBe(says);
  });

  it('does not name a sysctl that is not the reason', async () => {
    const remedy = await rightsRemedy(false, sysctls({ 'user.max_user_namespaces': '96365\n' }));
    expect(remedy).toMatch(/^run as root;/);
    expect(remedy).not.toContain('sysctl -w');
  });

  it('does not tell root to be root', async () => {
    expect(await rightsRemedy(true, sysctls({}))).toContain('CAP_SYS_ADMIN');
  });
});
