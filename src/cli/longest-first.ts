import { BaseSequencer, type TestSequencerConstructor, type TestSpecification } from 'vitest/node';
import { budgetOf } from '../scenario/run-scenario.ts';
import { boots, type Scenario } from '../scenario/scenario.ts';
import { loadFirmware } from '../vm/firmware.ts';

/** Seconds that the boots of a scenario may take, one after the other as one worker runs them, by the scenario's path. */
export async function longestBoots(
  scenarios: readonly Scenario[],
  chosen: { readonly firmware: string | undefined; readonly servers: number; readonly catalogue: string },
): Promise<ReadonlyMap<string, number>> {
  const times = scenarios.map(async (scenario): Promise<[string, number]> => {
    const budgets = boots(scenario, chosen.firmware).map(async ({ scenario: boot, firmware }) =>
      budgetOf(boot, firmware === undefined ? undefined : await loadFirmware(firmware, chosen.catalogue)),
    );
    const once = (await Promise.all(budgets)).reduce((sum, seconds) => sum + seconds, 0);
    return [scenario.path, once * (chosen.servers || scenario.servers.length)];
  });
  return new Map(await Promise.all(times));
}

/** The longest first, else in the order given: one that begins when all others are done keeps a whole run waiting. */
export function longestFirst<Item>(
  items: readonly Item[],
  secondsOf: (item: Item) => number | undefined,
): Item[] {
  return items.toSorted((a, b) => (secondsOf(b) ?? 0) - (secondsOf(a) ?? 0));
}

/** vitest's own order is by size of file, which says nothing of a scenario. */
export function sequencer(seconds: ReadonlyMap<string, number>): TestSequencerConstructor {
  return class extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      return longestFirst(files, ({ moduleId }) => seconds.get(moduleId));
    }
  };
}
