import type { LabProcess } from './lab-process.ts';

const END_MS = 5_000;

/** Ends a process by a signal, and resolves when it has ended. What it may ignore for a while is followed by SIGKILL. */
export async function endProcess(process: LabProcess, signal: NodeJS.Signals): Promise<void> {
  process.kill(signal);
  const timer = setTimeout(() => process.kill('SIGKILL'), END_MS);
  await process.exited;
  clearTimeout(timer);
}
