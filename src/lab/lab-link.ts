import { connect } from 'node:net';
import type { LinkPlan } from '../link/link-plan.ts';
import type { LinkReport } from './agent/protocol.ts';
import type { AgentLink } from './agent-link.ts';
import { bridgeName } from './lab-spec.ts';
import { LAB_FOLDER } from './set-up-script.ts';
import type { Lab } from './start-lab.ts';
import { streamFrame, streamFrameReader } from './stream-frames.ts';

/** A cable with faults: one end is a port of the clients' bridge, at the other one client plugs itself in. */
export interface LabLink {
  /** Also of its port on the bridge. */
  readonly name: string;
  readonly plan: LinkPlan;
  /** Path inside the lab of the Unix socket where the client connects: QEMU's `-netdev stream`. */
  readonly socket: string;
  /** Path inside the lab of the capture of the client's end; whole after stop(). */
  readonly capture: string;
  /** The machine is switched on, or reset: what the plan counts from there begins. */
  readonly powerOn: () => void;
  /** Ends the link and says what its rules did. */
  readonly stop: () => Promise<LinkReport>;
}

/** A client of this process at the end of a link. */
export interface LinkClient extends Disposable {
  readonly send: (frame: Uint8Array) => void;
}

/** What addLink needs of a lab. */
type LinkLab = { readonly run: Lab['run']; readonly agent: AgentLink };

/** Makes the port and the link behind it. Throws LabError LAB_COMMAND_FAILED, LAB_AGENT_DIED. */
export async function addLink(name: string, plan: LinkPlan, { run, agent }: LinkLab): Promise<LabLink> {
  const cable = name.replace('link', 'cable');
  const socket = `${LAB_FOLDER}/${name}.sock`;
  const capture = `${LAB_FOLDER}/${name}-client.pcapng`;
  const ip = (...lines: readonly string[]) => run(['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
  await ip(
    `link add name ${name} type veth peer name ${cable}`,
    `link set dev ${name} master ${bridgeName(0)}`,
    `link set dev ${cable} up`,
  );
  await agent.openLink({ name, interface: cable, plan, socket, capture });
  // Last: until the capture knows which end is the cable's, no frame comes in there.
  await ip(`link set dev ${name} up`);
  let stopped: Promise<LinkReport> | undefined;
  return {
    ...{ name, plan, socket, capture },
    powerOn: () => agent.powerOn(name),
    stop: () => {
      stopped ??= agent.stopLink(name);
      return stopped;
    },
  };
}

/** Plugs this process in. `path` as seen from here: lab.pathOf(link.socket). */
export async function plugIn(path: string, onFrame: (frame: Uint8Array) => void): Promise<LinkClient> {
  const socket = connect(path);
  const connected = Promise.withResolvers<void>();
  socket.once('connect', connected.resolve).once('error', connected.reject);
  await connected.promise;
  socket.on('error', () => {});
  socket.on('data', streamFrameReader(onFrame));
  return {
    send: (frame) => void socket.write(streamFrame(frame)),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
