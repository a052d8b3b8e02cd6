import { inNetworkNamespace } from '../../os/network-namespace.ts';
import type { Lab } from '../start-lab.ts';

/** For tests, as root: makes sockets of this process in a lab's host. */
export function inHost<T>(
  lab: Lab,
  host: string,
  work: () => T extends PromiseLike<unknown> ? never : T,
): T extends PromiseLike<unknown> ? never : T {
  return inNetworkNamespace<T>(lab.pathOf(`/run/netns/${host}`), work);
}
