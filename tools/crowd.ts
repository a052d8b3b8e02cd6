/**
 * make crowd: many machines of mixed firmware boot in one lab, against one server, each judged by its own scenario.
 * `node tools/crowd.ts [COUNT] [AT-ONCE]`. Exit status: 0 all passed, 1 some did not, 2 wrong usage, 3 the bench broke.
 */
import { availableParallelism, freemem } from 'node:os';
import { relative, resolve } from 'node:path';
import { PLACES } from '../src/cli/places.ts';
import { ReportFiles } from '../src/scenario/report-files.ts';
import { type Member, mayJoinCrowd, nameOf, runCrowd } from '../src/scenario/run-crowd.ts';
import { boots, findScenarioFiles, loadScenario } from '../src/scenario/scenario.ts';
import { listServers, loadServer } from '../src/sut/server-spec.ts';
import { chooseAccelerator } from '../src/vm/accelerator.ts';
import { listFirmware, loadFirmware } from '../src/vm/firmware.ts';
import { mac } from '../src/wire/address.ts';

/** It has a boot file for every architecture, and more addresses than machines. */
const SERVER = 'reference-loaders';
const MOST = 30;
/** MiB that QEMU needs besides a machine's own memory. */
const QEMU_OWN = 150;
/** MiB; the largest machine of the catalogue has less. */
const MACHINE = 512;

const say = (text: string): void => console.error(`crowd: ${text}`);
const began = performance.now();
const interrupt = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => interrupt.abort(new Error('interrupted')));

const borne = Math.max(
  1,
  Math.min(2 * availableParallelism(), Math.floor(freemem() / 2 ** 20 / (MACHINE + QEMU_OWN))),
);
const [count = 20, atOnce = borne] = process.argv.slice(2).map(Number);
if (!(Number.isInteger(count) && count >= 1 && count <= MOST && Number.isInteger(atOnce) && atOnce >= 1)) {
  say(`wanted COUNT (1 to ${MOST}) and AT-ONCE (1 or more), got ${process.argv.slice(2).join(' ')}`);
  process.exit(2);
}

try {
  const members = await crowdOf(count);
  say(`${count} machines, ${Math.min(atOnce, count)} at a time (${availableParallelism()} cores)`);
  const report = new ReportFiles(resolve('pxebench-results'), 'crowd');
  const result = await runCrowd(
    { members, atOnce, server: await loadServer(SERVER, PLACES.servers) },
    report,
    {
      accelerator: (await chooseAccelerator()).name,
      path: `${PLACES.bin}:${process.env.PATH ?? ''}`,
      signal: interrupt.signal,
      onProgress: (text) => say(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`),
    },
  );
  for (const member of result.members) {
    const passed = member.failures.length === 0;
    console.log(
      `${passed ? '✓' : '✗'} ${nameOf(member)}  ${member.scenario.id}  ${member.seconds.toFixed(1)} s  ${member.addresses.join(' ')}`,
    );
    for (const { rule, step, message } of member.failures)
      console.log(`    ${rule}  ${step}: ${message ?? ''}`);
  }
  for (const { address, holder, other, frame } of result.givenTwice)
    console.log(`✗ ${address} was given to ${other} (frame ${frame}) while ${holder} had it`);
  if (result.lost > 0) console.log(`✗ the capture lost or cut ${result.lost} frames`);
  const passed = result.members.filter(({ failures }) => failures.length === 0).length;
  const own = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(`${passed} of ${count} passed, ${result.frames} frames, ${own} MB of our own at most`);
  console.log(`pxebench explain ${relative(process.cwd(), result.capture)}`);
  if (passed < count || result.givenTwice.length > 0 || result.lost > 0) process.exitCode = 1;
} catch (error) {
  say(interrupt.signal.aborted ? 'interrupted' : error instanceof Error ? error.message : String(error));
  if (error instanceof Error && 'hint' in error) say(String(error.hint));
  process.exitCode = interrupt.signal.aborted ? 130 : 3;
}

/** So many machines: all scenarios for the server in turn, and from the first again. */
async function crowdOf(wanted: number): Promise<readonly Member[]> {
  const known = {
    servers: await listServers(PLACES.servers),
    firmware: await listFirmware(PLACES.firmware),
  };
  const kinds: Omit<Member, 'mac'>[] = [];
  for (const path of await findScenarioFiles(resolve(PLACES.scenarios, 'firmware'))) {
    const whole = await loadScenario(path, PLACES.scenarios, known);
    if (!whole.servers.includes(SERVER) || !mayJoinCrowd(whole)) continue;
    for (const { scenario, firmware } of boots(whole, undefined))
      if (firmware !== undefined)
        kinds.push({ scenario, firmware: await loadFirmware(firmware, PLACES.firmware) });
  }
  return Array.from({ length: wanted }, (_, i) => {
    const kind = kinds[i % kinds.length];
    if (kind === undefined) throw new Error(`no scenario is for ${SERVER}`);
    return { ...kind, mac: mac(`00:12:34:57:00:${i.toString(16).padStart(2, '0')}`) };
  });
}
