import { bridgeName, INJECT_PORT, INJECTOR, type LabHost, type LabSpec, portName } from './lab-spec.ts';

/** One thing the lab's first process does: what to call it in an error, and the text for the shell. */
export type SetUpStep = {
  readonly name: string;
  readonly shell: string;
  /** Where the shell text is one `ip -batch`: its lines, so that an error can name the one that failed. */
  readonly batch?: readonly string[];
};

/** Folder for everything that servers and clients write: a tmpfs that is gone with the lab. */
export const LAB_FOLDER = '/run/lab';
export const TEMPORARY_FOLDER = `${LAB_FOLDER}/tmp`;
const RESOLV_CONF = `${LAB_FOLDER}/resolv.conf`;

function batch(name: string, ip: string, lines: readonly string[]): SetUpStep {
  return { name, batch: lines, shell: `${ip} -batch - <<'END'\n${lines.join('\n')}\nEND` };
}

/**
 * Every name stands behind `name` or `dev`: `ip link add dns ...` would be read as an abbreviation of a keyword.
 * addrgenmode none: no link-local address, so the kernel sends no MLD, DAD or router solicitation of its own, while
 * ::1 still works for servers that want it.
 */
function linkLines(spec: LabSpec): string[] {
  const indexOf = (network: string): number => spec.networks.findIndex(({ name }) => name === network);
  const bridges = spec.networks.flatMap((_, index) => [
    `link add name ${bridgeName(index)} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
    `link set dev ${bridgeName(index)} up`,
  ]);
  const hosts = spec.hosts.flatMap((host) => [
    `netns add ${host.name}`,
    ...host.interfaces.flatMap((attached, index) => {
      const port = portName(host.name, index);
      return [
        `link add name ${port} type veth peer name eth${index} address ${attached.mac} netns ${host.name}`,
        `link set dev ${port} master ${bridgeName(indexOf(attached.network))} up`,
      ];
    }),
  ]);
  const inject = [
    `link add name ${INJECT_PORT} type veth peer name ${INJECTOR}`,
    `link set dev ${INJECT_PORT} master ${bridgeName(0)} up`,
    `link set dev ${INJECTOR} up`,
  ];
  return ['link set dev lo up', ...bridges, ...hosts, ...inject];
}

function hostLines(spec: LabSpec, host: LabHost): string[] {
  const prefixLength = (network: string): number | undefined =>
    spec.networks.find(({ name }) => name === network)?.prefixLength;
  return [
    'link set dev lo up',
    ...host.interfaces.flatMap((attached, index) => [
      `link set dev eth${index} addrgenmode none`,
      `addr add ${attached.address}/${prefixLength(attached.network)} brd + dev eth${index}`,
      `link set dev eth${index} up`,
    ]),
    ...(host.gateway === undefined ? [] : [`route add default via ${host.gateway}`]),
  ];
}

/**
 * /etc/resolv.conf of everything in the lab names the lab's own DNS server. `resolvConf` is the file that the machine's
 * name leads to; undefined where there is none. Behind the tmpfs on /run it has to be made anew.
 */
function resolverStep(spec: LabSpec, resolvConf: string | undefined): SetUpStep[] {
  const server = spec.hosts.find((host) => host.name === spec.dns?.host)?.interfaces[0].address;
  if (server === undefined || resolvConf === undefined) return [];
  const hidden = resolvConf.startsWith('/run/');
  return [
    {
      name: 'resolver',
      shell: [
        `echo 'nameserver ${server}' >${RESOLV_CONF}`,
        hidden
          ? `mkdir -p '${resolvConf.replace(/\/[^/]*$/, '')}' && cp ${RESOLV_CONF} '${resolvConf}'`
          : `mount --bind ${RESOLV_CONF} '${resolvConf}'`,
      ].join('\n'),
    },
  ];
}

export function setUpSteps(spec: LabSpec, resolvConf: string | undefined): readonly SetUpStep[] {
  return [
    {
      name: 'files',
      shell: `mount -t tmpfs -o mode=0755 lab /run\nmkdir -p ${TEMPORARY_FOLDER}\nchmod 1777 ${TEMPORARY_FOLDER}`,
    },
    ...resolverStep(spec, resolvConf),
    {
      // For all that comes later in this namespace: bridges, ports, taps. The kernel may lack IPv6.
      name: 'no IPv6 of the bridge itself',
      shell: 'p=/proc/sys/net/ipv6/conf/default/disable_ipv6\n[ ! -e $p ] || echo 1 >$p',
    },
    batch('bridges, hosts and ports', 'ip', linkLines(spec)),
    ...spec.hosts.map((host) => batch(`host ${host.name}`, `ip -netns ${host.name}`, hostLines(spec, host))),
  ];
}

/**
 * What the lab's first process runs. Says on stdout `entered` (the namespaces are there), `step N` before each step,
 * and `ready`; stops at the first step that fails. Then it waits for the end of its stdin, whose other end is held by
 * the process that wants the lab: when that one ends, however it ends, this shell ends, and with the first process of
 * a PID namespace the kernel ends all of it.
 *
 * It waits in a child and for the child: so it also collects what servers leave behind when they go into the background.
 */
export function setUpScript(steps: readonly SetUpStep[]): string {
  return [
    'set -e',
    // Whatever ours is: servers that are not root read files of the lab.
    'umask 022',
    'echo entered',
    ...steps.map((step, index) => `echo step ${index}\n${step.shell}`),
    'echo ready',
    'exec 3<&0',
    '{ read -r _ <&3 || :; } &',
    'wait $!',
  ].join('\n');
}
