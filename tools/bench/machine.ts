import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { parseEnv } from 'node:util';
import { chooseAccelerator } from '../../src/vm/accelerator.ts';

export type Machine = {
  readonly date: string;
  readonly processors: string;
  readonly memory: string;
  readonly system: string;
  readonly qemu: string;
  readonly node: string;
  readonly accelerator: string;
};

/** What the figures depend on. */
export async function describeMachine(): Promise<Machine> {
  const processors = cpus();
  const { name, because } = await chooseAccelerator();
  return {
    date: new Date().toISOString().slice(0, 10),
    processors: `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}`,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    system: `${parseEnv(readFileSync('/etc/os-release', 'utf8')).PRETTY_NAME ?? 'Linux'}, Linux ${release()}`,
    qemu: execFileSync('qemu-system-x86_64', ['--version'], { encoding: 'utf8' }).split('\n', 1)[0] ?? '',
    node: process.version,
    accelerator: `${name} (${because})`,
  };
}

/** Of the last minute: how many processes wanted a processor. */
export function load(): string {
  return (loadavg()[0] ?? 0).toFixed(2);
}
