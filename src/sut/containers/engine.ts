import { mkdir } from 'node:fs/promises';
import { endProcess } from '../../lab/end-process.ts';
import type { Lab } from '../../lab/start-lab.ts';
import { forLog, waitFor } from '../../lab/wait.ts';

/** Where the engine keeps everything: the lab's own memory. */
export const ENGINE_FOLDER = '/run/lab/engine';
export const ENGINE_SOCKET = `${ENGINE_FOLDER}/docker.sock`;
/** What dockerd says once it answers. */
const ANSWERS = 'API listen on';
/** Groups of processes are the machine's, not a lab's: at least they all stand below one. */
const CGROUP_PARENT = '/pxebench';
const READY_MS = 20_000;

/**
 * Starts a container engine (dockerd, with its containerd) on one host of a lab: to it that host is the machine, and a container on the
 * host's network is a server on the lab's. Sees no image, container or network of the machine's own engine, and ends with the lab.
 * Throws LabError where it does not come up.
 */
export async function startEngine(lab: Lab, host: string): Promise<AsyncDisposable> {
  await mkdir(lab.pathOf(ENGINE_FOLDER), { recursive: true });
  const engine = await lab.spawn(
    [
      'dockerd',
      ...['--data-root', `${ENGINE_FOLDER}/data`, '--exec-root', `${ENGINE_FOLDER}/exec`],
      ...['--pidfile', `${ENGINE_FOLDER}/docker.pid`, '--host', `unix://${ENGINE_SOCKET}`],
      // Nothing is routed, filtered or pulled in a lab, and a bridge would be a second network to a server.
      ...['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'],
      // No init runs there.
      ...['--exec-opt', 'native.cgroupdriver=cgroupfs', '--cgroup-parent', CGROUP_PARENT],
    ],
    { host, label: `${host}: container engine` },
  );
  // SIGTERM, so that it takes its containerd and the groups of its containers with it.
  const end = (): Promise<void> => endProcess(engine, 'SIGTERM');
  try {
    await waitFor(forLog(ANSWERS), engine, READY_MS);
  } catch (error) {
    await end();
    throw error;
  }
  return { [Symbol.asyncDispose]: end };
}
