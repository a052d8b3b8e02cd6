import { globSync } from 'node:fs';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLACES } from '../src/cli/places.ts';
import { type ExchangeResult, NO_RELAYS } from '../src/client/replay/exchange.ts';
import { replayInLab } from '../src/client/replay/replay-in-lab.ts';
import { ScriptReader } from '../src/client/replay/replay-script.ts';
import type { ReplayScript } from '../src/client/replay/step.ts';
import { SEED_LAB } from '../src/lab/lab-spec.ts';
import { startLab } from '../src/lab/start-lab.ts';
import { openCapture } from '../src/pcap/open-capture.ts';
import { loadServer } from '../src/sut/server-spec.ts';
import { startServer } from '../src/sut/start-server.ts';
import { ipv4 } from '../src/wire/address.ts';

const captures = globSync('**/*.{pcap,pcapng}', { cwd: PLACES.captures }).sort();
/** The pool has eleven addresses. */
const CLIENTS_AT_ONCE = 8;
/** The reference server answers within milliseconds; what it does not answer need not be waited for longer. */
const PATIENCE_MS = 2_500;
/** Most of the time is waiting. */
const LABS_AT_ONCE = 3;

type Recorded = { readonly capture: string; readonly script: ReplayScript };

async function scriptsOf(capture: string): Promise<readonly Recorded[]> {
  const reader = new ScriptReader();
  await using file = await openCapture(join(PLACES.captures, capture));
  for await (const batch of file.batches()) reader.add(batch);
  return reader.finish().map((script) => ({ capture, script }));
}

/** Clients that may act in one lab: no address twice, and enough leases for all. */
function waves(all: readonly Recorded[]): readonly (readonly Recorded[])[] {
  const made: Recorded[][] = [];
  for (const one of all) {
    const free = made.find(
      (wave) => wave.length < CLIENTS_AT_ONCE && wave.every(({ script }) => script.mac !== one.script.mac),
    );
    if (free === undefined) made.push([one]);
    else free.push(one);
  }
  return made;
}

async function replayed(wave: readonly Recorded[]): Promise<readonly ExchangeResult[]> {
  const results: ExchangeResult[] = [];
  await using lab = await startLab(SEED_LAB, { path: `${PLACES.bin}:${process.env.PATH ?? ''}` });
  await using server = await startServer(await loadServer('reference', PLACES.servers), lab);
  await replayInLab(
    wave.map(({ script }) => script),
    lab,
    {
      ...{ fast: true, longestPause: 10_000, patience: PATIENCE_MS, server: ipv4('10.188.0.10') },
      ...{ renew: { xid: undefined, secs: false }, relays: NO_RELAYS },
      ...{ keep: undefined, signal: new AbortController().signal, broken: server.exited },
      onResult: (result) => void results.push(result),
    },
  );
  return results;
}

/** What does not depend on the load of the machine or the order of leases. */
function textOf(results: readonly ExchangeResult[]): string {
  return results
    .map(({ verdict, what, recorded, differences }) => {
      const fields = differences.map(({ field }) => `\n           ${field}`).join('');
      return `${verdict.padEnd(7)}  ${what}  #${recorded[0]}${fields}`;
    })
    .join('\n');
}

/** To write the expected texts anew: `vitest run test/replay-captures.test.ts -u`, and look at the difference. */
describe.skipIf(getuid?.() !== 0)(
  'replay of every capture against the reference server (needs root: run as root)',
  () => {
    const byCapture = new Map<
      string,
      { readonly scripts: ReplayScript[]; readonly results: ExchangeResult[] }
    >();

    beforeAll(async () => {
      const all = (await Promise.all(captures.map(scriptsOf))).flat();
      for (const { capture, script } of all) {
        const entry = byCapture.get(capture) ?? { scripts: [], results: [] };
        entry.scripts.push(script);
        byCapture.set(capture, entry);
      }
      const left = [...waves(all)];
      const work = async (): Promise<void> => {
        for (let wave = left.shift(); wave !== undefined; wave = left.shift()) {
          const results = await replayed(wave);
          for (const { capture, script } of wave)
            byCapture.get(capture)?.results.push(...results.filter(({ client }) => client === script.mac));
        }
      };
      await Promise.all(Array.from({ length: LABS_AT_ONCE }, work));
    }, 300_000);

    afterAll(() => byCapture.clear());

    it.each(captures)('gives one verdict for each exchange of %s', async (capture) => {
      const { scripts = [], results: inAnyOrder = [] } = byCapture.get(capture) ?? {};
      const results = scripts.flatMap(({ mac }) => inAnyOrder.filter(({ client }) => client === mac));
      const steps = scripts.flatMap((script) => script.steps.map(({ frame }) => `${script.mac} #${frame}`));
      const told = results.filter(({ verdict }) => verdict !== 'extra');
      expect(told.map(({ client, recorded }) => `${client} #${recorded[0]}`)).toEqual(steps);
      const expected = join(PLACES.captures, 'replayed', capture.replace(/\.pcap(ng)?$/, '.txt'));
      await expect(`${textOf(results)}\n`).toMatchFileSnapshot(expected);
    });
  },
);
