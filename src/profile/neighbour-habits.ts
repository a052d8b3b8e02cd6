import type { IpAddress } from '../wire/address.ts';
import type { Icmpv6 } from '../wire/icmpv6.ts';
import type { NeighbourHabit } from './habit.ts';

type Told = Pick<NeighbourHabit, 'kind' | 'what' | 'from' | 'target' | 'options'>;

/** RFC 2710 §3, RFC 3810 §5.2: how a host says which groups it listens to. */
const REPORTS: Readonly<Record<number, string>> = { 131: 'MLDv1', 143: 'MLDv2' };

/** What a host does to find its routers and neighbours. Undefined for anything else. */
export function neighbourHabit(icmpv6: Icmpv6, source: IpAddress): Told | undefined {
  const kind = 'neighbour';
  switch (icmpv6.kind) {
    case 'router-solicitation': {
      const options = icmpv6.options.map((option) => option.kind);
      return { kind, what: 'router-solicitation', from: source, target: '', options };
    }
    case 'neighbour-solicitation': {
      const { target } = icmpv6;
      const options = icmpv6.options.map((option) => option.kind);
      // RFC 4862 §5.4: who has no address yet asks whether anybody has it.
      const what = source === '::' ? 'address-detection' : 'neighbour-solicitation';
      return { kind, what, from: source, target, options };
    }
    case 'unknown': {
      const report = REPORTS[icmpv6.type];
      return report === undefined
        ? undefined
        : { kind, what: 'group-report', from: source, target: report, options: [] };
    }
    default:
      return undefined;
  }
}
