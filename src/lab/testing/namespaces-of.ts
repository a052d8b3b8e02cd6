import { readdir, readFile, readlink } from 'node:fs/promises';

const KINDS = ['net', 'mnt', 'pid', 'user'] as const;

/** For tests: the namespaces of a process that are not ours, as `net:[4026532177]`. */
export async function foreignNamespacesOf(pid: number | 'self'): Promise<readonly string[]> {
  const of = async (process: number | string): Promise<string[]> =>
    Promise.all(KINDS.map((kind) => readlink(`/proc/${process}/ns/${kind}`)));
  const ours = new Set(await of('self'));
  return (await of(pid)).filter((namespace) => !ours.has(namespace));
}

/** Processes that are in one of the namespaces. Zombies do not count: they wait for the machine's first process. */
export async function processesIn(namespaces: readonly string[]): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        const [stat, ...links] = await Promise.all([
          readFile(`/proc/${pid}/stat`, 'utf8'),
          ...KINDS.map((kind) => readlink(`/proc/${pid}/ns/${kind}`)),
        ]);
        const zombie = /\) [ZX] /.test(stat);
        return !zombie && links.some((link) => namespaces.includes(link)) ? [pid] : [];
      } catch {
        // It ended while we looked.
        return [];
      }
    }),
  );
  return found.flat();
}
