import { readFile } from 'node:fs/promises';
import { getuid } from 'node:process';

/** What forbids user namespaces to ordinary users, each by the value that forbids, and what allows them. */
const SWITCHES = [
  // Debian, and kernels that have its patch.
  { name: 'kernel.unprivileged_userns_clone', forbids: 0, allows: 1 },
  // Ubuntu from 23.10 on: they may be made, but nobody is root in them.
  { name: 'kernel.apparmor_restrict_unprivileged_userns', forbids: 1, allows: 0 },
  // Every Linux; what guides for hardening ask for.
  { name: 'user.max_user_namespaces', forbids: 0, allows: 10_000 },
] as const;

const AS_ROOT = 'run with CAP_SYS_ADMIN and CAP_NET_ADMIN (in a container: --privileged)';
const NO_SWITCH =
  'run as root; no sysctl of this machine forbids it, but a container may (--security-opt seccomp=unconfined)';

/** The text of a sysctl, undefined where the kernel does not have it. */
export type ReadSysctl = (name: string) => Promise<string | undefined>;

const readSysctl: ReadSysctl = (name) =>
  readFile(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').catch(() => undefined);

/** What to do where no namespaces could be made: for who is not root the one command, if a sysctl forbids them. */
export async function rightsRemedy(
  root: boolean = getuid?.() === 0,
  read: ReadSysctl = readSysctl,
): Promise<string> {
  if (root) return AS_ROOT;
  const values = await Promise.all(SWITCHES.map(({ name }) => read(name)));
  const settings = SWITCHES.filter(({ forbids }, index) => values[index]?.trim() === String(forbids)).map(
    ({ name, allows }) => `${name}=${allows}`,
  );
  return settings.length === 0 ? NO_SWITCH : `sudo sysctl -w ${settings.join(' ')}`;
}
