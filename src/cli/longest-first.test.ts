import { describe, expect, it } from 'vitest';
import { findScenarioFiles, loadScenario } from '../scenario/scenario.ts';
import { listServers } from '../sut/server-spec.ts';
import { listFirmware, loadFirmware } from '../vm/firmware.ts';
import { longestBoots, longestFirst } from './longest-first.ts';
import { PLACES } from './places.ts';

const known = {
  servers: await listServers(PLACES.servers),
  firmware: await listFirmware(PLACES.firmware),
};
const scenarios = await Promise.all(
  (await findScenarioFiles(PLACES.scenarios)).map((file) => loadScenario(file, PLACES.scenarios, known)),
);
const named = (id: string) => scenarios.filter((scenario) => scenario.id === id);
const chosen = { firmware: undefined, servers: 0, catalogue: PLACES.firmware };

describe('longestBoots', () => {
  it('counts each server and each firmware of a scenario, for one worker runs them all', async () => {
    const [both] = named('seed/unknown-client-exits');
    const [cards] = named('firmware/bios-network-cards');
    const seconds = await longestBoots(scenarios, chosen);
    const { budget } = await loadFirmware('bios-ipxe', PLACES.firmware);
    expect(seconds.get(both?.path ?? '')).toBe((both?.servers.length ?? 0) * budget);
    expect(seconds.get(cards?.path ?? '')).toBe((cards?.firmware.length ?? 0) * budget);
  });

  it("goes by a scenario's give-up, and by the firmware and servers of the command line", async () => {
    const [late] = scenarios.filter(({ file }) => file['give-up'] !== undefined);
    const [cards] = named('firmware/bios-network-cards');
    const seconds = await longestBoots(scenarios, { ...chosen, firmware: 'uefi-arm64', servers: 3 });
    const { budget } = await loadFirmware('uefi-arm64', PLACES.firmware);
    expect(seconds.get(late?.path ?? '')).toBe(3 * (late?.file['give-up'] ?? 0));
    expect(seconds.get(cards?.path ?? '')).toBe(3 * budget);
  });
});

describe('longestFirst', () => {
  it('leaves those that take as long in the order given', () => {
    const seconds = new Map([
      ['a', 10],
      ['b', 60],
      ['c', 10],
    ]);
    expect(longestFirst(['a', 'unknown', 'b', 'c'], (name) => seconds.get(name))).toEqual([
      'b',
      'a',
      'c',
      'unknown',
    ]);
  });
});
