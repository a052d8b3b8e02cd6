import { realpath } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { LinkPlan } from '../link/link-plan.ts';
import type { CaptureStatistics } from './agent/protocol.ts';
import { type AgentLink, startAgent } from './agent-link.ts';
import { commandFolders } from './command-path.ts';
import { type FirstProcess, startFirstProcess } from './first-process.ts';
import { LabError } from './lab-error.ts';
import { addLink, type LabLink } from './lab-link.ts';
import { labCommandNeeds, labCommands, tapNeed } from './lab-needs.ts';
import {
  commandFailed,
  type LabEntrance,
  type LabProcess,
  type SpawnInLab,
  spawnInLab,
} from './lab-process.ts';
import { bridgeName, checkLabSpec, INJECT_PORT, type LabSpec } from './lab-spec.ts';
import { findMissing, formatMissing } from './need.ts';
import { LAB_FOLDER, setUpSteps, TEMPORARY_FOLDER } from './set-up-script.ts';
import { findLabUser } from './subordinate-ids.ts';

export type LabDeps = {
  /** PATH, as text: where commands are looked for before the usual folders and the project's own packages. */
  readonly path?: string;
};

export type RunInLab = Pick<SpawnInLab, 'host' | 'cwd' | 'env'> & {
  readonly input?: string | Uint8Array;
  /** Ends the command by SIGKILL; run() then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
};

/** One isolated network, up and watched. Disposing takes it away, with every process, file and interface in it. */
export interface Lab extends AsyncDisposable {
  readonly spec: LabSpec;
  /** Its first process, as seen from here. */
  readonly pid: number;
  /** Paths under /run are the lab's own. `/run/lab/x` as a path that can be opened from here. */
  readonly pathOf: (inside: string) => string;
  /** Runs a command to its end. Rejects with LabError LAB_COMMAND_FAILED if its exit status is not 0. */
  readonly run: (
    argv: readonly string[],
    options?: RunInLab,
  ) => Promise<{ readonly stdout: string; readonly stderr: string }>;
  /** Starts a command and resolves when its process is there. It ends with the lab at the latest. */
  readonly spawn: (argv: readonly string[], options?: SpawnInLab) => Promise<LabProcess>;
  /** A tap on the clients' bridge, up, for QEMU to open by name. Throws LabError LAB_NO_TUN. */
  readonly addTap: (name?: string) => Promise<string>;
  /** A cable with faults between the clients' bridge and one client. Throws LabError. */
  readonly addLink: (plan: LinkPlan) => Promise<LabLink>;
  readonly capture: {
    /** pcapng, each frame within milliseconds. Ends after stop(). Read it to its end before the lab is disposed of. */
    readonly stream: Readable;
    /** All frames up to now are in the stream, none later. */
    readonly stop: () => Promise<CaptureStatistics>;
  };
  /**
   * Sends a frame, whole and as it is. `port` is where it enters the bridge: a host's name (as if that host had sent it), or,
   * left out, a port of its own. Throws LabError LAB_NO_SUCH_PORT, LAB_BAD_FRAME.
   */
  readonly inject: (frame: Uint8Array, port?: string) => void;
  /** Resolves if the lab breaks while it is wanted: what is seen from then on proves nothing. */
  readonly failed: Promise<LabError>;
}

/** A machine under load needs some 300 ms for it. */
const START_MS = 20_000;
const ETHERNET_HEADER = 14;
const MTU = 1500;
const INTERFACE_NAME = /^[a-z][a-z0-9-]{0,14}$/;

/**
 * Makes a lab, as root or as an ordinary user. Resolves when hosts, DNS, router advertisements and capture work. Throws
 * LabError: LAB_BAD_SPEC, LAB_MISSING_COMMAND, LAB_NO_RIGHTS, LAB_COMMAND_FAILED, LAB_AGENT_DIED, LAB_TIMEOUT; nothing
 * is left then.
 */
export async function startLab(spec: LabSpec, deps: LabDeps = {}): Promise<Lab> {
  checkLabSpec(spec);
  const folders = commandFolders(deps.path);
  const [missing, user] = await Promise.all([findMissing(labCommandNeeds(folders)), findLabUser(folders)]);
  if (missing.length > 0) {
    throw new LabError('LAB_MISSING_COMMAND', formatMissing(missing), {
      hint: missing.flatMap(({ remedy }) => remedy ?? []).join('; '),
    });
  }
  const commands = await labCommands(folders);
  const env = { PATH: folders.join(':'), HOME: LAB_FOLDER, TMPDIR: TEMPORARY_FOLDER, LC_ALL: 'C.UTF-8' };

  await using undo = new AsyncDisposableStack();
  const first = undo.use(
    await startFirstProcess(setUpSteps(spec, await resolvConf()), { user, commands, env }),
  );
  const entrance: LabEntrance = { pid: first.pid, user, commands, folders, env };
  const agent = await withAgent(spec, entrance, first);
  undo.defer(() => agent.release());

  const ports = new Set([INJECT_PORT, ...spec.hosts.map(({ name }) => name)]);
  const hosts = new Set(spec.hosts.map(({ name }) => name));
  const failed = Promise.withResolvers<LabError>();
  let wanted = true;
  const broke = (error: LabError): void => {
    if (wanted) failed.resolve(error);
  };
  void agent.died.then(broke);
  void first.ended.then(() => broke(new LabError('LAB_ENDED', "the lab's first process ended on its own")));

  const spawn: Lab['spawn'] = async (argv, options = {}) => {
    if (options.host !== undefined && !hosts.has(options.host)) {
      const message = `host: wanted one of ${[...hosts].join(', ')}, got "${options.host}"`;
      throw new LabError('LAB_NO_SUCH_HOST', message, { argv });
    }
    return spawnInLab(entrance, argv, { cwd: LAB_FOLDER, ...options });
  };
  const run: Lab['run'] = (argv, options = {}) => runInLab(spawn, argv, options);
  let taps = 0;
  let links = 0;
  const owned = undo.move();

  return {
    spec,
    pid: first.pid,
    pathOf: (inside) => `/proc/${first.pid}/root${inside}`,
    run,
    spawn,
    addTap: (name = `tap${taps++}`) => addTap(run, name),
    addLink: (plan) => addLink(`link${links++}`, plan, { run, agent }),
    capture: { stream: agent.capture, stop: agent.stopCapture },
    inject: (frame, port = INJECT_PORT) => {
      if (!ports.has(port)) {
        throw new LabError('LAB_NO_SUCH_PORT', `port: wanted one of ${[...ports].join(', ')}, got "${port}"`);
      }
      checkFrame(frame);
      agent.inject(frame, port);
    },
    failed: failed.promise,
    [Symbol.asyncDispose]: async () => {
      wanted = false;
      await owned.disposeAsync();
    },
  };
}

async function withAgent(spec: LabSpec, entrance: LabEntrance, first: FirstProcess): Promise<AgentLink> {
  try {
    // The agent takes longest to load: it does so while the network is made.
    const agent = await inTime(startAgent(entrance), 'the agent to start');
    await inTime(Promise.all([first.ready, agent.loaded]), 'the network and the agent');
    await inTime(agent.open(spec), 'capture, DNS and router advertisements');
    return agent;
  } catch (error) {
    // The end of the first process ends the agent: then the first process knows why.
    if (!(error instanceof LabError && error.code === 'LAB_TIMEOUT'))
      await inTime(first.ready, 'the network');
    throw error;
  }
}

/** What a network card of 1,500 octets can send; an 802.1Q tag is on top. Throws LabError LAB_BAD_FRAME. */
function checkFrame(frame: Uint8Array): void {
  const tagged = frame[12] === 0x81 && frame[13] === 0x00;
  const longest = ETHERNET_HEADER + MTU + (tagged ? 4 : 0);
  if (frame.length < ETHERNET_HEADER || frame.length > longest) {
    const wanted = `from ${ETHERNET_HEADER} to ${longest} octets`;
    throw new LabError('LAB_BAD_FRAME', `frame: wanted ${wanted}, got ${frame.length}`);
  }
}

/** The file behind /etc/resolv.conf, undefined if there is none. */
async function resolvConf(): Promise<string | undefined> {
  try {
    return await realpath('/etc/resolv.conf');
  } catch {
    return undefined;
  }
}

async function inTime<T>(work: Promise<T>, what: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(
      new LabError('LAB_TIMEOUT', `waited ${START_MS} ms for ${what}`, {
        hint: 'is the machine overloaded?',
      }),
    );
  }, START_MS);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function runInLab(
  spawn: Lab['spawn'],
  argv: readonly string[],
  { input, signal, ...options }: RunInLab,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  signal?.throwIfAborted();
  const running = await spawn(argv, { ...options, rawStdout: true });
  const abort = (): void => void running.kill('SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted === true) abort();
  try {
    running.stdin?.end(input);
    const stdout = running.stdout === null ? '' : await text(running.stdout);
    const end = await running.closed;
    signal?.throwIfAborted();
    const stderr = running.output.recent();
    if (end.code !== 0) throw commandFailed(running.label, argv, end, stderr);
    return { stdout, stderr };
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

async function addTap(run: Lab['run'], name: string): Promise<string> {
  if (!INTERFACE_NAME.test(name)) {
    throw new LabError(
      'LAB_BAD_SPEC',
      `tap: wanted a name of at most 15 letters, digits, "-", got "${name}"`,
    );
  }
  const [noTun] = await findMissing([tapNeed()]);
  if (noTun !== undefined)
    throw new LabError('LAB_NO_TUN', `${noTun.what}: ${noTun.found}`, { hint: noTun.remedy });
  const lines = [`tuntap add dev ${name} mode tap`, `link set dev ${name} master ${bridgeName(0)} up`];
  await run(['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
  return name;
}
