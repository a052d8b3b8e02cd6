/**
 * A network namespace with a veth pair, in which a test runs the real server, clients that speak to it, and a browser. It dies
 * with the test's process, and nothing of it is to be seen outside.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ClientOrder } from './staged-clients.ts';

export type ClientAnswer = {
  readonly address?: string;
  readonly offered?: string;
  readonly file?: string;
  readonly octets?: number;
  readonly paused?: number;
  readonly error?: string;
  readonly status?: number;
  readonly failed?: string;
};

export interface Stage extends AsyncDisposable {
  /** Its first answer: of a transfer that is held, that it is. */
  readonly client: (order: ClientOrder) => Promise<ClientAnswer>;
  /** Starts a program inside. It is ended with the stage. */
  readonly start: (argv: readonly [string, ...string[]], cwd?: string) => ChildProcess;
  /** A file that starts a program inside with the arguments it is given. */
  readonly wrapper: (program: string, folder: string) => string;
}

const SETUP = [
  'ip link set lo up',
  'ip link add s0 type veth peer name c0',
  'ip link set s0 up',
  'ip link set c0 up',
  'ip addr add 10.188.0.10/16 dev s0',
  // Every address of the network is this machine's own: a client speaks from the one it was given.
  'ip route add local 10.188.0.0/16 dev lo',
  'echo ready',
  // Until its stdin is closed, which it is when the test ends, however it does.
  'exec cat',
].join(' && ');

export async function startStage(): Promise<Stage> {
  await using undo = new AsyncDisposableStack();
  const isRoot = process.getuid?.() === 0;
  const asUser = isRoot ? [] : ['--user', '--map-root-user'];
  const holder = spawn('unshare', [...asUser, '--net', 'sh', '-c', SETUP], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  undo.defer(() => ended(holder));
  const [ready] = await once(holder.stdout, 'data');
  if (String(ready).trim() !== 'ready') throw new Error(`the namespace is not ready: ${ready}`);
  const enter = [
    '--target',
    String(holder.pid),
    ...(isRoot ? [] : ['--user', '--preserve-credentials']),
    '--net',
  ];

  const clients = spawn('nsenter', [
    ...enter,
    process.execPath,
    join(import.meta.dirname, 'staged-clients.ts'),
  ]);
  undo.defer(() => ended(clients));
  let errors = '';
  clients.stderr.on('data', (data) => {
    errors += data;
  });
  const waiting = new Map<number, PromiseWithResolvers<ClientAnswer>>([[0, Promise.withResolvers()]]);
  createInterface({ input: clients.stdout }).on('line', (line) => {
    const { id, ...said } = JSON.parse(line) as ClientAnswer & { readonly id: number };
    const who = waiting.get(id);
    if (said.failed === undefined) who?.resolve(said);
    else who?.reject(new Error(said.failed));
    waiting.delete(id);
  });
  clients.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(`the clients ended: ${errors}`));
  });
  await waiting.get(0)?.promise;

  let next = 1;
  const owned = undo.move();
  return {
    client: (order) => {
      const id = next++;
      const answered = Promise.withResolvers<ClientAnswer>();
      waiting.set(id, answered);
      clients.stdin.write(`${JSON.stringify({ id, order })}\n`);
      return answered.promise;
    },
    start: (argv, cwd) => {
      const child = spawn('nsenter', [...enter, ...argv], {
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(cwd === undefined ? {} : { cwd }),
      });
      owned.defer(() => ended(child));
      return child;
    },
    wrapper: (program, folder) => {
      const file = join(folder, 'inside.sh');
      writeFileSync(file, `#!/bin/sh\nexec nsenter ${enter.join(' ')} ${program} "$@"\n`);
      chmodSync(file, 0o755);
      return file;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.stdin?.end();
  child.kill('SIGTERM');
  await exit;
}
