import type { DhcpOutput } from '../dhcp/dhcp-io.ts';
import type { Lease } from '../leases/lease-table.ts';
import type { LeaseStore } from './lease-store.ts';

type Effect = Exclude<DhcpOutput, { readonly kind: 'record' }>;

export type DhcpOutbox = {
  /** What one step put out. */
  readonly put: (outputs: readonly DhcpOutput[]) => void;
  /** After the steps that one wake-up brought: their leases are committed together. */
  readonly flush: () => void;
};

/**
 * What leases allow to be said: an effect that follows a record in the outputs of a step is carried out when the record is
 * durable, and never if it could not be written; the others at once. `flushed` is called after effects were carried out.
 */
export function outbox(
  store: Pick<LeaseStore, 'commit'>,
  carryOut: (effect: Effect) => void,
  flushed: () => void,
): DhcpOutbox {
  let leases: Lease[] = [];
  let held: Effect[] = [];

  const put = (outputs: readonly DhcpOutput[]): void => {
    let recorded = false;
    for (const output of outputs) {
      if (output.kind === 'record') {
        recorded = true;
        leases.push(output.lease);
      } else if (recorded) held.push(output);
      else carryOut(output);
    }
  };

  const flush = (): void => {
    flushed();
    if (leases.length === 0) return;
    const effects = held;
    const records = leases;
    held = [];
    leases = [];
    store.commit(records, (durable) => {
      if (durable) for (const effect of effects) carryOut(effect);
      flushed();
    });
  };
  return { put, flush };
}
