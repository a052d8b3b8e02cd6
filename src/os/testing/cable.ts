/** For tests: a network namespace of their own with a veth pair, `left` (10.9.9.1) and `right`, and the loopback up. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { inNetworkNamespace, inNewNetworkNamespace } from '../network-namespace.ts';

const SETUP = `
ip link set dev lo addrgenmode none up
ip link add name left type veth peer name right
ip link set dev left addrgenmode none up
ip link set dev right addrgenmode none up
ip addr add 10.9.9.1/24 dev left
ip neigh add 10.9.9.2 lladdr 02:00:00:00:00:02 dev left`;

export function cable() {
  const fd = inNewNetworkNamespace(() => {
    const setup = spawnSync('sh', ['-ec', SETUP], { encoding: 'utf8' });
    if (setup.status !== 0) throw new Error(`sh: ${setup.stderr}`);
    return openSync('/proc/thread-self/ns/net', 'r');
  });
  return {
    inside: <T>(work: () => T extends PromiseLike<unknown> ? never : T) =>
      inNetworkNamespace<T>(`/proc/self/fd/${fd}`, work),
    [Symbol.dispose]: () => closeSync(fd),
  };
}
