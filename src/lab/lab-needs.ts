import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { getuid } from 'node:process';
import { findCommand } from './command-path.ts';
import { commandNeed, type Need } from './need.ts';
import { keepOutput } from './process-output.ts';
import { rightsRemedy } from './rights-remedy.ts';

/** The commands that a lab runs, each with what for. */
const COMMANDS = {
  sh: { why: "sets up the lab's network", package: 'dash' },
  setpriv: { why: 'ends what is in a lab together with the run', package: 'util-linux' },
  setsid: { why: 'keeps the signals of a server among its own processes', package: 'util-linux' },
  unshare: { why: "makes the lab's namespaces", package: 'util-linux' },
  nsenter: { why: 'starts servers and clients inside the lab', package: 'util-linux' },
  mount: { why: 'gives the lab a /run of its own', package: 'mount' },
  ip: { why: "makes the lab's bridge and hosts", package: 'iproute2' },
} as const;

export type LabCommand = keyof typeof COMMANDS;

const TUN = '/dev/net/tun';

/** Says which of the things a lab is made of the kernel allows, one word a line. Runs in namespaces that go with it. */
const PROBE = `
echo namespaces
ip link add name br0 type bridge && echo bridge
ip link add name left type veth peer name right && echo veth
mount -t tmpfs lab /run && echo tmpfs
`;

/** Runs PROBE, and gives its words and what it said of errors. */
async function probe(
  folders: readonly string[],
): Promise<{ readonly words: readonly string[]; readonly errors: string }> {
  const unshare = await findCommand('unshare', folders);
  if (unshare === undefined) return { words: [], errors: 'no command unshare' };
  const user = getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const kinds = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const child = spawn(unshare, [...user, ...kinds, 'sh', '-c', PROBE], {
    env: { PATH: folders.join(':'), LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = keepOutput([child.stdout]);
  const errors = keepOutput([child.stderr]);
  await new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  return { words: output.recent().split('\n'), errors: errors.recent().trim() };
}

/** What a lab needs of the machine. `folders` are those of commandFolders(). */
export function labNeeds(folders: readonly string[]): readonly Need[] {
  // One probe for all that ask, and only if one asks.
  let probed: ReturnType<typeof probe> | undefined;
  const fromProbe = (word: string, found: string) => async (): Promise<string | undefined> => {
    probed ??= probe(folders);
    const { words, errors } = await probed;
    if (words.includes(word)) return undefined;
    // Without namespaces nothing else was tried: one line about it is enough.
    if (word !== 'namespaces' && !words.includes('namespaces')) return undefined;
    return errors === '' ? found : `${found}: ${errors.replace(/\n/g, '; ')}`;
  };
  return [
    ...Object.entries(COMMANDS).map(([command, about]) => commandNeed(command, folders, about)),
    {
      what: 'namespaces',
      why: 'a lab is a set of namespaces',
      remedy: () => rightsRemedy(),
      lacking: fromProbe('namespaces', 'unshare was refused'),
    },
    {
      what: 'kernel module bridge',
      why: "the lab's switch",
      remedy: 'modprobe bridge',
      lacking: fromProbe('bridge', 'no bridge could be made'),
    },
    {
      what: 'kernel module veth',
      why: "the hosts' cables",
      remedy: 'modprobe veth',
      lacking: fromProbe('veth', 'no veth pair could be made'),
    },
    {
      what: 'tmpfs',
      why: 'holds the files of a lab',
      lacking: fromProbe('tmpfs', 'no tmpfs could be mounted'),
    },
    {
      what: '/proc/PID/task/TID/children',
      why: 'tells the process behind nsenter',
      remedy: 'a kernel with CONFIG_PROC_CHILDREN',
      lacking: async () => {
        try {
          await access(`/proc/${process.pid}/task/${process.pid}/children`, constants.R_OK);
          return undefined;
        } catch (error) {
          return String(error);
        }
      },
    },
  ];
}

/** What the clients with a network card of their own need besides: QEMU's end of a cable is a tap. */
export function tapNeed(): Need {
  const refusal = async (): Promise<NodeJS.ErrnoException | undefined> =>
    open(TUN, 'r+').then(
      (tun) => tun.close().then(() => undefined),
      (error: NodeJS.ErrnoException) => error,
    );
  return {
    what: TUN,
    why: 'connects virtual machines to the lab',
    remedy: async () => tunRemedy((await refusal())?.code),
    lacking: async () => {
      const error = await refusal();
      if (error === undefined) return undefined;
      // Node's message repeats the path: `EACCES: permission denied, open '/dev/net/tun'`.
      return error.message.replace(/, open .*$/, '');
    },
  };
}

/** By the code of open(2). Exported for its test: a machine has one of these reasons, if any. */
export function tunRemedy(code: string | undefined): string {
  const sudo = getuid?.() === 0 ? '' : 'sudo ';
  // EPERM: the device is forbidden to the container, whatever its mode.
  if (code === 'EPERM') return `in a container: --device ${TUN}`;
  if (code === 'EACCES') return `${sudo}chmod 666 ${TUN}`;
  return `${sudo}modprobe tun (in a container: --device ${TUN})`;
}

/** Just the commands: what startLab() checks each time. */
export function labCommandNeeds(folders: readonly string[]): readonly Need[] {
  return labNeeds(folders).slice(0, Object.keys(COMMANDS).length);
}

/** Paths of all commands of a lab. Call after labCommandNeeds() are met. */
export async function labCommands(folders: readonly string[]): Promise<Readonly<Record<LabCommand, string>>> {
  const entries = Object.keys(COMMANDS).map(async (command) => [
    command,
    (await findCommand(command, folders)) ?? command,
  ]);
  return Object.fromEntries(await Promise.all(entries)) as Record<LabCommand, string>;
}
