import { closeSync } from 'node:fs';
import { boundSocket } from '../../os/inet-socket.ts';
import { checked, setsockopt } from '../../os/libc.ts';
import { int } from '../../os/native.ts';
import type { DhcpConfig } from '../dhcp/dhcp-config.ts';
import { configureDhcp, type DhcpOutput, initialDhcpState, stepDhcp } from '../dhcp/step-dhcp.ts';
import type { ServerEvent } from '../event.ts';
import type { Clock } from './clock.ts';
import { type DatagramSocket, datagramSocket } from './datagram-socket.ts';
import { outbox } from './dhcp-outbox.ts';
import type { LeaseStore } from './lease-store.ts';
import { type LinkSender, openLinkSender } from './link-sender.ts';
import type { OwnInterface } from './own-interface.ts';
import { socketError } from './server-error.ts';
import type { Service } from './service.ts';

export type DhcpDeps = {
  readonly clock: Clock;
  readonly log: (event: ServerEvent) => void;
  readonly leases: LeaseStore;
};

const DHCP_SERVER_PORT = 67;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_BINDTODEVICE = 25;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
/** A thousand machines that are switched on together send their DISCOVERs within a second or two. */
const BUFFER = int(4 * 1024 * 1024);
/** Leases that wait for the disk. Beyond it nothing more is read, and the kernel drops what its queue has no room for. */
const MOST_WAITING = 4096;

/**
 * Answers DHCP on one interface, and on no other one of the machine. Throws ServerError: SERVER_PORT_TAKEN,
 * SERVER_NO_RIGHT (CAP_NET_BIND_SERVICE for the port, CAP_NET_RAW for the interface and for frames to clients without
 * an address).
 */
export async function serveDhcp(
  own: OwnInterface,
  config: DhcpConfig,
  { clock, log, leases }: DhcpDeps,
): Promise<Service<DhcpConfig>> {
  await using undo = new AsyncDisposableStack();
  const lost = (because: string): void =>
    log({ stage: 'server', did: `DHCP on ${own.name}: as if lost: ${because}` });
  let state = initialDhcpState(config, leases.leases);
  sayUnused(state.unused.length, log);
  let link: LinkSender;
  let socket: DatagramSocket;
  try {
    link = undo.use(
      openLinkSender(
        { interfaceName: own.name, mac: own.mac, address: config.serverAddress, port: DHCP_SERVER_PORT },
        ({ message }) => lost(message),
      ),
    );
    socket = undo.use(
      datagramSocket(socketOn(own.name), {
        onDatagram: (bytes, source) => {
          const [next, outputs] = stepDhcp(state, { bytes, source }, clock.now());
          state = next;
          out.put(outputs);
        },
        onBatchEnd: () => {
          out.flush();
          if (leases.waiting() > MOST_WAITING) socket.pause();
        },
        onFailure: lost,
      }),
    );
  } catch (error) {
    throw socketError(`DHCP on ${own.name}, port ${DHCP_SERVER_PORT}`, error);
  }

  const carryOut = (output: Exclude<DhcpOutput, { kind: 'record' }>): void => {
    switch (output.kind) {
      case 'event':
        log(output.event);
        return;
      case 'send': {
        const { to, bytes } = output;
        if (to.kind === 'routed') socket.send(bytes, to.port, to.address);
        else link.send({ mac: to.mac, address: to.address, port: to.port, payload: bytes });
        return;
      }
      default:
        output satisfies never;
    }
  };
  const out = outbox(leases, carryOut, () => {
    socket.flush();
    link.flush();
    if (leases.waiting() <= MOST_WAITING) socket.resume();
  });

  const owned = undo.move();
  return {
    port: DHCP_SERVER_PORT,
    configure: (next) => {
      state = configureDhcp(state, next);
      sayUnused(state.unused.length, log);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function sayUnused(count: number, log: DhcpDeps['log']): void {
  if (count === 0) return;
  const leases = count === 1 ? '1 lease is' : `${count} leases are`;
  log({
    stage: 'server',
    did: `${leases} of addresses that no subnet of the configuration may give: kept, not used`,
  });
}

/** Bound to every address, since broadcasts come to none of ours; but to one interface. */
function socketOn(interfaceName: string): number {
  const fd = boundSocket('udp', '0.0.0.0', DHCP_SERVER_PORT);
  try {
    const name = Buffer.from(`${interfaceName}\0`);
    const call = `setsockopt(SO_BINDTODEVICE, ${interfaceName})`;
    checked(call, setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, name.length));
    // Beyond the system's limit if we may, else up to it.
    for (const [forced, limited] of [
      [SO_RCVBUFFORCE, SO_RCVBUF],
      [SO_SNDBUFFORCE, SO_SNDBUF],
    ] as const) {
      if (setsockopt(fd, SOL_SOCKET, forced, BUFFER, BUFFER.length) < 0) {
        setsockopt(fd, SOL_SOCKET, limited, BUFFER, BUFFER.length);
      }
    }
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
