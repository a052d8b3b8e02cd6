/**
 * The lab's agent: the one process of ours inside a lab. It captures, answers DNS and router solicitations, and sends frames.
 * It starts while the lab is still being made, waits for `open`, and ends with its stdin. See protocol.ts.
 */
import { writeFileSync, writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { Socket } from 'node:net';
import { inNetworkNamespace } from '../../os/network-namespace.ts';
import { finishChecksums } from '../../os/offload.ts';
import { openPacketRing } from '../../os/packet-ring.ts';
import { interfaceIndex, openPacketSocket, type PacketSocket } from '../../os/packet-socket.ts';
import { ETHER_TYPE } from '../../wire/ethernet.ts';
import { startCapture } from './capture.ts';
import { openDnsSockets, serveDns } from './dns-server.ts';
import { frameQueue } from './frame-queue.ts';
import type { LinkPort } from './link-port.ts';
import {
  type AgentCommand,
  type AgentEvent,
  type AgentSpec,
  agentInputReader,
  type LinkSpec,
} from './protocol.ts';
import { emptyRouterAdvertisement, isRouterSolicitation } from './router-advertisement.ts';

const EVENTS_FD = 3;
/** 16 MiB: a quarter of a second at 30,000 frames a second, several seconds of any real boot. */
const RING_SLOTS = 8192;

const say = (event: AgentEvent): void => void writeSync(EVENTS_FD, `${JSON.stringify(event)}\n`);

function fail(error: unknown): never {
  say({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  process.exit(1);
}
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

function inHost<T>(host: string, work: () => T extends PromiseLike<unknown> ? never : T) {
  return inNetworkNamespace<T>(`/run/netns/${host}`, work);
}

// The kernel takes its time for a ring (it waits for an RCU grace period), so it is made before there is a bridge.
const ring = openPacketRing({ slots: RING_SLOTS });
const output = new Socket({ fd: 1, readable: false, writable: true });
const capture = startCapture(ring, output);
/** Opens a port's socket, or gives the one that is open. */
const ports = new Map<string, () => PacketSocket>();

function open(spec: AgentSpec): void {
  unseen.push(...spec.leaveOut.map(interfaceIndex));
  ring.leaveOut(unseen);
  for (const { name, interfaces, forwards } of spec.hosts) {
    inHost(name, () => {
      for (let index = 0; index < interfaces; index++) finishChecksums(`eth${index}`);
      // Either way: a new namespace begins with the machine's own setting.
      writeFileSync('/proc/sys/net/ipv4/ip_forward', forwards ? '1' : '0');
    });
  }
  for (const port of spec.ports) {
    // When it is first used: most labs use none, and closing each takes the kernel 10 ms at the end of the lab.
    let socket: PacketSocket | undefined;
    const openPort = (): PacketSocket => openPacketSocket(port.interface, 'nothing');
    ports.set(port.name, () => {
      socket ??= port.host === undefined ? openPort() : inHost<PacketSocket>(port.host, openPort);
      return socket;
    });
  }
  if (spec.dns !== undefined) {
    const { host, address, names } = spec.dns;
    serveDns(
      inHost(host, () => openDnsSockets(address)),
      names,
    );
  }
  if (spec.routerAdvertisements !== undefined) {
    const { host, mac } = spec.routerAdvertisements;
    const router = inHost<PacketSocket>(host, () => openPacketSocket('eth0', ETHER_TYPE.ipv6));
    const advertisement = emptyRouterAdvertisement(mac);
    router.onFrame((frame) => {
      if (isRouterSolicitation(frame)) router.send(advertisement);
    });
  }
}

const links = new Map<string, LinkPort>();
/** Interfaces that the capture leaves out. */
const unseen: number[] = [];

async function openLink(spec: LinkSpec): Promise<void> {
  unseen.push(interfaceIndex(spec.interface));
  ring.leaveOut(unseen);
  // Loaded by the labs that have a link.
  const { openLinkPort } = await import('./link-port.ts');
  links.set(spec.name, await openLinkPort(spec));
  say({ kind: 'link-opened', link: spec.name });
}

async function stopLink(name: string): Promise<void> {
  const report = await links.get(name)?.stop();
  links.delete(name);
  if (report !== undefined) say({ kind: 'link-stopped', link: name, report });
}

function obey(command: AgentCommand): void {
  switch (command.kind) {
    case 'open-link':
      void openLink(command.spec);
      break;
    case 'power-on':
      links.get(command.link)?.powerOn();
      break;
    case 'stop-link':
      void stopLink(command.link);
      break;
    case 'open':
      open(command.spec);
      say({ kind: 'opened' });
      // The lab's end is not an orderly one for this process: what loading it cost is kept for the next one now.
      flushCompileCache();
      break;
    case 'stop-capture':
      say({ kind: 'capture-stopped', ...capture.stop() });
      break;
    default:
      command satisfies never;
  }
}

const send = frameQueue();
const read = agentInputReader((input) => {
  if (input.kind === 'command') obey(input.command);
  else send(() => ports.get(input.port)?.().send(input.frame));
});
process.stdin.on('data', (chunk: Buffer) => read(chunk));
process.stdin.on('end', () => process.exit(0));
output.on('error', () => process.exit(0));
say({ kind: 'loaded' });
