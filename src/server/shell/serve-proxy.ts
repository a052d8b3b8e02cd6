import type { DhcpOutput } from '../dhcp/dhcp-io.ts';
import { initialProxyState, type ProxyConfig, stepProxy } from '../dhcp/step-proxy.ts';
import type { ServerEvent } from '../event.ts';
import type { Clock } from './clock.ts';
import { DHCP_SERVER_PORT, openDhcpWire, sendOnWire } from './dhcp-wire.ts';
import type { OwnInterface } from './own-interface.ts';
import { seldom } from './seldom.ts';
import type { Service } from './service.ts';

type ProxyDeps = { readonly clock: Clock; readonly log: (event: ServerEvent) => void };

/** Offers what to boot on one interface, beside the network's DHCP server. Throws ServerError, as serveDhcp does. */
export async function serveProxy(
  own: OwnInterface,
  config: ProxyConfig,
  { clock, log }: ProxyDeps,
): Promise<Service<ProxyConfig>> {
  let state = initialProxyState(config);
  const wire = await openDhcpWire(own, {
    onDatagram: (bytes, source) => {
      for (const output of stepProxy(state, { bytes, source }, clock.now())) carryOut(output);
    },
    onBatchEnd: () => {
      wire.socket.flush();
      wire.link.flush();
    },
    onFailure: seldom(clock, (because) =>
      log({ stage: 'server', did: `proxyDHCP on ${own.name}: as if lost: ${because}` }),
    ),
  });

  const carryOut = (output: DhcpOutput): void => {
    switch (output.kind) {
      case 'event':
        log(output.event);
        return;
      case 'send':
        sendOnWire(wire, output);
        return;
      case 'record':
      case 'probe':
        // A proxy has no addresses to give.
        return;
      default:
        output satisfies never;
    }
  };

  return {
    port: DHCP_SERVER_PORT,
    configure: (next) => {
      state = initialProxyState(next, state.boots);
    },
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  };
}
