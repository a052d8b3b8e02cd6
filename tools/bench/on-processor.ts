import { availableParallelism } from 'node:os';

/**
 * A command that keeps to one processor: the load to one, the server to another, whichever it is. Without it threads of both
 * wait for each other, and perfdhcp loses answers that come while it does not run. Where there is one processor: as it is.
 */
export function onProcessor(number: number, argv: readonly string[]): readonly string[] {
  return availableParallelism() > number ? ['taskset', '--cpu-list', String(number), ...argv] : argv;
}
