import { closeSync } from 'node:fs';
import { boundSocket } from '../../os/inet-socket.ts';
import { checked, setsockopt } from '../../os/libc.ts';
import { int } from '../../os/native.ts';
import type { Ipv4Address } from '../../wire/address.ts';
import type { DhcpConfig } from '../dhcp/dhcp-config.ts';
import {
  configureDhcp,
  type DhcpInput,
  type DhcpOutput,
  initialDhcpState,
  stepDhcp,
} from '../dhcp/step-dhcp.ts';
import type { ServerEvent } from '../event.ts';
import { openAddressProber } from './address-prober.ts';
import type { Clock } from './clock.ts';
import { type LinkDatagram, type LinkSender, openLinkSender } from './link-sender.ts';
import type { OwnInterface } from './own-interface.ts';
import { socketError } from './server-error.ts';
import type { Service } from './service.ts';
import { openUdp, type UdpHandler, type UdpSocket } from './udp-socket.ts';

export type DhcpDeps = { readonly clock: Clock; readonly log: (event: ServerEvent) => void };

const DHCP_SERVER_PORT = 67;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_BINDTODEVICE = 25;
const SO_RCVBUFFORCE = 33;
/** A thousand machines that are switched on together send their DISCOVERs within a second or two. */
const RECEIVE_BUFFER = int(4 * 1024 * 1024);

/**
 * Answers DHCP on the interfaces that are served, each with a socket of its own, and on no other one of the machine. Throws
 * ServerError: SERVER_PORT_TAKEN, SERVER_NO_RIGHT (CAP_NET_BIND_SERVICE for the port, CAP_NET_RAW for the interface and for
 * frames to clients without an address).
 */
export async function serveDhcp(
  interfaces: readonly OwnInterface[],
  config: DhcpConfig,
  deps: DhcpDeps,
): Promise<Service<DhcpConfig>> {
  await using undo = new AsyncDisposableStack();
  let state = initialDhcpState(config);
  const wires = new Map<Ipv4Address, Wire>();
  const step = (input: DhcpInput): void => {
    const [next, outputs] = stepDhcp(state, input, deps.clock.now());
    state = next;
    for (const output of outputs) carryOut(output);
  };

  const carryOut = (output: DhcpOutput): void => {
    switch (output.kind) {
      case 'record':
        return;
      case 'event':
        deps.log(output.event);
        return;
      case 'send': {
        const { to, bytes } = output;
        const wire = wires.get(output.via);
        if (to.kind === 'routed') wire?.socket.send(bytes, to.port, to.address);
        else sendOnLink(wire, { mac: to.mac, address: to.address, port: to.port, payload: bytes });
        return;
      }
      case 'probe':
        prober.probe(output.address, output.means, output.via);
        return;
      default:
        output satisfies never;
    }
  };

  const sendOnLink = (wire: Wire | undefined, datagram: LinkDatagram): void => {
    try {
      wire?.link.send(datagram);
    } catch (error) {
      // The interface went down, or its queue is full: as if the frame were lost. The client asks again.
      deps.log({ stage: 'server', did: `a reply to ${datagram.mac} was not sent: ${String(error)}` });
    }
  };

  const prober = undo.use(
    openAddressProber(interfaces, {
      clock: deps.clock,
      onResult: (address, answeredBy) => step({ kind: 'probed', address, answeredBy }),
      onFailure: (address, error) =>
        deps.log({ stage: 'server', did: `${address} was not asked for before its offer: ${String(error)}` }),
    }),
  );
  for (const own of interfaces) {
    const via = own.address;
    wires.set(
      via,
      await openWire(own, undo, (bytes, source) => step({ kind: 'datagram', bytes, source, via })),
    );
  }
  const owned = undo.move();
  return {
    port: DHCP_SERVER_PORT,
    configure: (next) => {
      state = configureDhcp(state, next);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

type Wire = { readonly link: LinkSender; readonly socket: UdpSocket };

async function openWire(
  { name, mac, address }: OwnInterface,
  undo: AsyncDisposableStack,
  onDatagram: UdpHandler,
): Promise<Wire> {
  try {
    const link = undo.use(openLinkSender({ interfaceName: name, mac, address, port: DHCP_SERVER_PORT }));
    const socket = undo.use(await openUdp({ fd: socketOn(name) }, onDatagram));
    return { link, socket };
  } catch (error) {
    throw socketError(`DHCP on ${name}, port ${DHCP_SERVER_PORT}`, error);
  }
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
