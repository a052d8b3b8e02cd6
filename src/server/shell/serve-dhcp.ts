import type { Ipv4Address } from '../../wire/address.ts';
import type { DhcpConfig } from '../dhcp/dhcp-config.ts';
import type { DhcpInput, DhcpOutput } from '../dhcp/dhcp-io.ts';
import { configureDhcp, initialDhcpState } from '../dhcp/dhcp-state.ts';
import { stepDhcp } from '../dhcp/step-dhcp.ts';
import { type SubnetUsage, viewDhcp } from '../dhcp/view-dhcp.ts';
import type { ServerEvent } from '../event.ts';
import { openAddressProber } from './address-prober.ts';
import type { Clock } from './clock.ts';
import { outbox } from './dhcp-outbox.ts';
import { DHCP_SERVER_PORT, type DhcpWire, openDhcpWire, sendOnWire } from './dhcp-wire.ts';
import type { LeaseStore } from './lease-store.ts';
import type { OwnInterface } from './own-interface.ts';
import { seldom } from './seldom.ts';
import type { Service } from './service.ts';

export type DhcpDeps = {
  readonly clock: Clock;
  readonly log: (event: ServerEvent) => void;
  readonly leases: LeaseStore;
};

export interface DhcpService extends Service<DhcpConfig> {
  /** How far each subnet is used up, at this moment. */
  readonly view: () => readonly SubnetUsage[];
}

/** Leases that wait for the disk. Beyond it nothing more is read, and the kernel drops what its queue has no room for. */
const MOST_WAITING = 4096;

/**
 * Answers DHCP on the interfaces that are served, each with a socket of its own, and on no other one of the machine. Throws
 * ServerError: SERVER_PORT_TAKEN, SERVER_NO_RIGHT (CAP_NET_BIND_SERVICE for the port, CAP_NET_RAW for the interface and for
 * frames to clients without an address).
 */
export async function serveDhcp(
  interfaces: readonly OwnInterface[],
  config: DhcpConfig,
  { clock, log, leases }: DhcpDeps,
): Promise<DhcpService> {
  await using undo = new AsyncDisposableStack();
  let state = initialDhcpState(config, leases.leases);
  leases.forgetFound();
  sayUnused(state.unused.length, log);
  const wires = new Map<Ipv4Address, DhcpWire>();

  const step = (input: DhcpInput): void => {
    const [next, outputs] = stepDhcp(state, input, clock.now());
    state = next;
    out.put(outputs);
  };
  const carryOut = (output: Exclude<DhcpOutput, { kind: 'record' }>): void => {
    switch (output.kind) {
      case 'event':
        log(output.event);
        return;
      case 'send': {
        const wire = wires.get(output.via);
        if (wire !== undefined) sendOnWire(wire, output);
        return;
      }
      case 'probe':
        prober.probe(output.address, output.means, output.via);
        return;
      default:
        output satisfies never;
    }
  };
  const out = outbox(leases, carryOut, () => {
    for (const { socket, link } of wires.values()) {
      socket.flush();
      link.flush();
      if (leases.waiting() <= MOST_WAITING) socket.resume();
    }
  });
  const batchEnds = (): void => {
    out.flush();
    if (leases.waiting() > MOST_WAITING) for (const { socket } of wires.values()) socket.pause();
  };

  const prober = undo.use(
    openAddressProber(interfaces, {
      clock,
      onResult: (address, answeredBy) => {
        step({ kind: 'probed', address, answeredBy });
        batchEnds();
      },
      onFailure: (address, error) =>
        log({ stage: 'server', did: `${address} was not asked for before its offer: ${String(error)}` }),
    }),
  );
  for (const own of interfaces) {
    const via = own.address;
    const wire = await openDhcpWire(own, {
      onDatagram: (bytes, source) => step({ kind: 'datagram', bytes, source, via }),
      onBatchEnd: batchEnds,
      onFailure: seldom(clock, (because) =>
        log({ stage: 'server', did: `DHCP on ${own.name}: as if lost: ${because}` }),
      ),
    });
    wires.set(via, undo.use(wire));
  }
  const owned = undo.move();
  return {
    port: DHCP_SERVER_PORT,
    configure: (next) => {
      state = configureDhcp(state, next);
      sayUnused(state.unused.length, log);
    },
    view: () => viewDhcp(state, clock.now()),
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
