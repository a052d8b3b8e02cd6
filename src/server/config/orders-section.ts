import type { FieldPath } from '../../config/schema-problems.ts';
import { parseMac } from '../../wire/address.ts';
import { isGlob } from '../orders/glob.ts';
import { kindOfVariable, type Order, type Orders } from '../orders/orders.ts';
import type { ConfigProblems } from './config-problems.ts';
import type { RawOrder } from './orders-schema.ts';
import type { RawServerConfig } from './server-config-schema.ts';

export function readOrders(raw: RawServerConfig, problems: ConfigProblems): Orders {
  const defaultOrder = raw['default-order'];
  if (raw.orders !== undefined && defaultOrder === undefined) {
    problems.add(
      ['orders'],
      'default-order is missing: what does a client get that no rule matches?',
      'e.g. exit',
    );
  }
  return {
    rules: (raw.orders ?? []).map(({ match, order }, at) => {
      const patterns = Object.entries(match).map(([name, value]): [string, readonly string[]] => [
        name,
        typeof value === 'string' ? [value] : value,
      ]);
      for (const [name, values] of patterns) {
        for (const value of values) checkPattern(name, value, ['orders', at, 'match', name], problems);
      }
      return { match: new Map(patterns), order: readOrder(order) };
    }),
    defaultOrder: readOrder(defaultOrder ?? 'exit'),
  };
}

/** A MAC address or UUID that no client could have is a mistyped one. */
function checkPattern(name: string, value: string, path: FieldPath, problems: ConfigProblems): void {
  if (isGlob(value) || value === '') return;
  const kind = kindOfVariable(name);
  if (kind === 'mac' && parseMac(value) === undefined) {
    problems.add(path, `wanted a MAC address or a pattern with * and ?, got "${value}"`);
  }
  if (kind === 'uuid' && !/^[0-9a-f]{32}$/i.test(value.replace(/[-{}]/g, ''))) {
    problems.add(path, `wanted a UUID or a pattern with * and ?, got "${value}"`);
  }
}

function readOrder(raw: RawOrder): Order {
  if (raw === 'exit') return { kind: 'exit' };
  if ('chain' in raw) return { kind: 'chain', url: raw.chain };
  if ('sanboot' in raw) {
    return { kind: 'sanboot', uri: raw.sanboot.uri, initiatorIqn: raw.sanboot['initiator-iqn'] };
  }
  return { kind: 'script', text: raw.script };
}
