import { ifIndexToName } from './libc.ts';

const IFNAMSIZ = 16;

/** The name of an interface of the thread's network namespace; undefined if there is none of that index (any more). */
export function interfaceName(index: number): string | undefined {
  const name = Buffer.alloc(IFNAMSIZ);
  if (ifIndexToName(index, name) === null) return undefined;
  return name.toString('latin1', 0, name.indexOf(0));
}
