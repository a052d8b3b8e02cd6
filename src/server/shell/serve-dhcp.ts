import { closeSync } from 'node:fs';
import { boundSocket } from '../../os/inet-socket.ts';
import { checked, setsockopt } from '../../os/libc.ts';
import { int } from '../../os/native.ts';
import type { DhcpConfig } from '../dhcp/dhcp-config.ts';
import { configureDhcp, type DhcpOutput, initialDhcpState, stepDhcp } from '../dhcp/step-dhcp.ts';
import { type SubnetUsage, viewDhcp } from '../dhcp/view-dhcp.ts';
import type { ServerEvent } from '../event.ts';
import type { Clock } from './clock.ts';
import { type LinkSender, openLinkSender } from './link-sender.ts';
import type { OwnInterface } from './own-interface.ts';
import { socketError } from './server-error.ts';
import type { Service } from './service.ts';
import { openUdp, type UdpSocket } from './udp-socket.ts';

export type DhcpDeps = { readonly clock: Clock; readonly log: (event: ServerEvent) => void };

export interface DhcpService extends Service<DhcpConfig> {
  /** How far each subnet is used up, at this moment. */
  readonly view: () => readonly SubnetUsage[];
}

const DHCP_SERVER_PORT = 67;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_BINDTODEVICE = 25;
const SO_RCVBUFFORCE = 33;
/** A thousand machines that are switched on together send their DISCOVERs within a second or two. */
const RECEIVE_BUFFER = int(4 * 1024 * 1024);

/**
 * Answers DHCP on one interface, and on no other one of the machine. Throws ServerError: SERVER_PORT_TAKEN,
 * SERVER_NO_RIGHT (CAP_NET_BIND_SERVICE for the port, CAP_NET_RAW for the interface and for frames to clients without
 * an address).
 */
export async function serveDhcp(own: OwnInterface, config: DhcpConfig, deps: DhcpDeps): Promise<DhcpService> {
  await using undo = new AsyncDisposableStack();
  const what = `DHCP on ${own.name}, port ${DHCP_SERVER_PORT}`;
  let state = initialDhcpState(config);
  let link: LinkSender;
  let socket: UdpSocket;
  try {
    link = undo.use(
      openLinkSender({
        interfaceName: own.name,
        mac: own.mac,
        address: config.serverAddress,
        port: DHCP_SERVER_PORT,
      }),
    );
    const fd = socketOn(own.name);
    socket = undo.use(
      await openUdp({ fd }, (bytes, source) => {
        const [next, outputs] = stepDhcp(state, { bytes, source }, deps.clock.now());
        state = next;
        for (const output of outputs) carryOut(output);
      }),
    );
  } catch (error) {
    throw socketError(what, error);
  }

  const carryOut = (output: DhcpOutput): void => {
    switch (output.kind) {
      case 'record':
        return;
      case 'event':
        deps.log(output.event);
        return;
      case 'send': {
        const { to, bytes } = output;
        if (to.kind === 'routed') socket.send(bytes, to.port, to.address);
        else sendOnLink({ mac: to.mac, address: to.address, port: to.port, payload: bytes });
        return;
      }
      default:
        output satisfies never;
    }
  };

  const sendOnLink = (datagram: Parameters<LinkSender['send']>[0]): void => {
    try {
      link.send(datagram);
    } catch (error) {
      // The interface went down, or its queue is full: as if the frame were lost. The client asks again.
      deps.log({ stage: 'server', did: `a reply to ${datagram.mac} was not sent: ${String(error)}` });
    }
  };

  const owned = undo.move();
  return {
    port: DHCP_SERVER_PORT,
    configure: (next) => {
      state = configureDhcp(state, next);
    },
    view: () => viewDhcp(state, deps.clock.now()),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Bound to every address, since broadcasts come to none of ours; but to one interface. */
function socketOn(interfaceName: string): number {
  const fd = boundSocket('udp', '0.0.0.0', DHCP_SERVER_PORT);
  try {
    const name = Buffer.from(`${interfaceName}\0`);
    const call = `setsockopt(SO_BINDTODEVICE, ${interfaceName})`;
    checked(call, setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, name.length));
    // Beyond the system's limit if we may, else up to it.
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER, RECEIVE_BUFFER.length) < 0) {
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER, RECEIVE_BUFFER.length);
    }
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
