import type { DhcpOutput } from '../dhcp/step-dhcp.ts';
import { initialProxyState, type ProxyConfig, stepProxy } from '../dhcp/step-proxy.ts';
import { udpSocketOn } from './interface-udp.ts';
import { type LinkSender, openLinkSender } from './link-sender.ts';
import type { OwnInterface } from './own-interface.ts';
import type { DhcpDeps } from './serve-dhcp.ts';
import { socketError } from './server-error.ts';
import type { Service } from './service.ts';
import { openUdp, type UdpSocket } from './udp-socket.ts';

const DHCP_SERVER_PORT = 67;

/** Offers what to boot on one interface, beside the network's DHCP server. Throws ServerError, as serveDhcp does. */
export async function serveProxy(
  own: OwnInterface,
  config: ProxyConfig,
  deps: DhcpDeps,
): Promise<Service<ProxyConfig>> {
  await using undo = new AsyncDisposableStack();
  let state = initialProxyState(config);
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
    const fd = udpSocketOn(own.name, DHCP_SERVER_PORT);
    socket = undo.use(
      await openUdp({ fd }, (bytes, source) => {
        for (const output of stepProxy(state, { bytes, source }, deps.clock.now())) carryOut(output);
      }),
    );
  } catch (error) {
    throw socketError(`proxyDHCP on ${own.name}, port ${DHCP_SERVER_PORT}`, error);
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
        if (to.kind === 'routed') {
          socket.send(bytes, to.port, to.address);
          return;
        }
        try {
          link.send({ mac: to.mac, address: to.address, port: to.port, payload: bytes });
        } catch (error) {
          // As if the frame were lost: the client asks again.
          deps.log({ stage: 'server', did: `an offer to ${to.mac} was not sent: ${String(error)}` });
        }
        return;
      }
      default:
        output satisfies never;
    }
  };

  const owned = undo.move();
  return {
    port: DHCP_SERVER_PORT,
    configure: (next) => {
      state = initialProxyState(next, state.boots);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
