import { spawnSync } from 'node:child_process';
import { getuid } from 'node:process';

export const ROOT = getuid?.() === 0;

/** `nobody` on Debian: without rights, and never root's group. */
const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'] as const;

/** Goes before a command that is to run as an ordinary user; nothing where we are one. */
export const AS_USER: readonly string[] = ROOT ? NOBODY : [];

/** What useradd would give to nobody. */
export const SUBORDINATE_IDS = 'nobody:100000:65536';

/**
 * For tests, as root: goes before a command that is to run as nobody, on a machine whose /etc/subuid and /etc/subgid hold
 * this text. They are hidden in a mount namespace of the command's own; the machine keeps its files.
 */
export function asNobody(subordinateIds: string): readonly string[] {
  const hide = [
    'mount -t tmpfs -o mode=0755 none /mnt',
    `echo '${subordinateIds}' >/mnt/ids`,
    'mount --bind /mnt/ids /etc/subuid',
    'mount --bind /mnt/ids /etc/subgid',
    // What is bound stays.
    'umount --lazy /mnt',
    'exec "$@"',
  ].join(' && ');
  return ['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c', hide, 'sh', ...NOBODY];
}

/** Whether an ordinary user may make namespaces here, and read `file` of the checkout. */
export function userRuns(file: string): boolean {
  const probe = `unshare --user --map-root-user --net true && [ -r ${file} ] && [ -x ${process.execPath} ]`;
  const [command = '', ...rest] = [...AS_USER, 'sh', '-c', probe];
  return spawnSync(command, rest).status === 0;
}

/** Why a test is skipped where userRuns() is false. */
export const USER_WHY = 'needs user namespaces and a checkout that everybody may read: see pxebench doctor';

/** Whether newuidmap and newgidmap are there; why a test is skipped where they are not. */
export const HAS_UIDMAP =
  spawnSync('sh', ['-c', 'command -v newuidmap && command -v newgidmap']).status === 0;
export const UIDMAP_WHY = 'needs root, to give nobody subordinate ids, and newuidmap: apt-get install uidmap';
