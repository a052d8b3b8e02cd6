/**
 * Subordinate ids: those that subuid(5) and subgid(5) give an ordinary user besides his own, for user namespaces of his.
 * newuidmap(1) puts them into one; unshare(1) calls it for --map-auto (util-linux 2.38).
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { getuid } from 'node:process';
import { promisify } from 'node:util';
import { findCommand } from './command-path.ts';
import { commandNeed, findMissing, type Need } from './need.ts';

/**
 * Who the processes of a lab can be: everybody, where the run is root's; root and everybody else of a user namespace, by
 * the subordinate ids of the user; or only root of one, who is the user himself.
 */
export type LabUser = 'root' | 'subordinate-ids' | 'one-id';

/** For unshare, next to --user. */
export const ID_MAPS: Readonly<Record<Exclude<LabUser, 'root'>, readonly string[]>> = {
  'subordinate-ids': ['--map-root-user', '--map-auto'],
  'one-id': ['--map-root-user'],
};

/** One user of a file of subordinate ids, who may stand in it by name or by number. */
export type SubordinateOwner = { readonly name: string; readonly uid: number };
export type IdRange = { readonly start: number; readonly count: number };

/** What useradd gives, and what all the usual users need: nobody is 65534. Inside they begin at 1, so one less will do. */
const RANGE = 65_536;
/** SUB_UID_MIN of login.defs(5). */
const FIRST = 100_000;

const FILES = { '/etc/subuid': '--add-subuids', '/etc/subgid': '--add-subgids' } as const;

type Line = IdRange & { readonly owner: string };

function lines(text: string): readonly Line[] {
  return text.split('\n').flatMap((line) => {
    const [owner = '', start = '', count = ''] = line.trim().split(':');
    return /^\d+$/.test(start) && /^\d+$/.test(count)
      ? [{ owner, start: Number(start), count: Number(count) }]
      : [];
  });
}

/** The range of this user in a file as subuid(5) has it; of several the first, as unshare takes it. */
export function rangeOf(text: string, { name, uid }: SubordinateOwner): IdRange | undefined {
  const line = lines(text).find(({ owner }) => owner === name || owner === String(uid));
  return line === undefined ? undefined : { start: line.start, count: line.count };
}

/** Where a range begins that is nobody's in these files, behind all that are somebody's. */
export function freeStart(texts: readonly string[]): number {
  return Math.max(FIRST, ...texts.flatMap(lines).map(({ start, count }) => start + count));
}

/**
 * What is needed for the subordinate ids of whoever runs this; nothing where that is root. `why`: a clause for the
 * message. `folders` are those of commandFolders().
 */
export function subordinateIdNeeds(folders: readonly string[], why: string): readonly Need[] {
  if (getuid?.() === 0) return [];
  const tools = ['newuidmap', 'newgidmap'].map((command) =>
    commandNeed(command, folders, { why, package: 'uidmap' }),
  );
  const given: Need = {
    what: 'subordinate ids',
    why,
    remedy: remedyForFiles,
    lacking: lackingInFiles,
  };
  const mapped: Need = {
    what: 'a user namespace with subordinate ids',
    why,
    remedy: 'util-linux 2.38 or newer; in a container, one whose set-user-ID programs work',
    // Without what newuidmap works on it cannot work: one line about it is enough.
    lacking: async () =>
      (await findMissing([...tools, given])).length > 0 ? undefined : refusedMap(folders),
  };
  return [...tools, given, mapped];
}

/** Looks what the labs of whoever runs this can have. Costs 20 ms where there are subordinate ids, else nothing. */
export async function findLabUser(folders: readonly string[]): Promise<LabUser> {
  if (getuid?.() === 0) return 'root';
  const missing = await findMissing(subordinateIdNeeds(folders, 'users of a lab'));
  return missing.length === 0 ? 'subordinate-ids' : 'one-id';
}

/** undefined for a number that is no user of this machine: unshare does not map for one. */
function whoRuns(): SubordinateOwner | undefined {
  try {
    const { username, uid } = userInfo();
    return { name: username, uid };
  } catch {
    return undefined;
  }
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

async function lackingInFiles(): Promise<string | undefined> {
  const who = whoRuns();
  if (who === undefined) return `${getuid?.()} is no user of this machine`;
  const found: string[] = [];
  for (const file of Object.keys(FILES)) {
    const range = rangeOf(await textOf(file), who);
    if (range === undefined) found.push(`${file} has no line for ${who.name}`);
    else if (range.count < RANGE - 1)
      found.push(`${file} has ${range.count} for ${who.name}, wanted ${RANGE}`);
  }
  return found.length === 0 ? undefined : found.join(', ');
}

async function remedyForFiles(): Promise<string> {
  const who = whoRuns();
  if (who === undefined) return 'run as a user that the machine knows (getent passwd)';
  const texts = await Promise.all(Object.keys(FILES).map(textOf));
  const start = freeStart(texts);
  const options = Object.values(FILES).flatMap((option, index) => {
    const range = rangeOf(texts[index] ?? '', who);
    // Another line behind one that is too short would not be looked at.
    return range === undefined ? [`${option} ${start}-${start + RANGE - 1}`] : [];
  });
  return options.length === 0
    ? `give ${who.name} ${RANGE} ids in the first line for that user of ${Object.keys(FILES).join(' and ')}`
    : `sudo usermod ${options.join(' ')} ${who.name}`;
}

/** What unshare or newuidmap says if it does not do it, as under no_new_privs or where unshare is too old. */
async function refusedMap(folders: readonly string[]): Promise<string | undefined> {
  const unshare = (await findCommand('unshare', folders)) ?? 'unshare';
  try {
    await promisify(execFile)(unshare, ['--user', ...ID_MAPS['subordinate-ids'], '--', 'true'], {
      env: { PATH: folders.join(':'), LC_ALL: 'C' },
    });
    return undefined;
  } catch (error) {
    const { stderr = '', message } = error as Error & { readonly stderr?: string };
    return (stderr.trim() || message).replace(/\n/g, '; ');
  }
}
