import { ConfigError, type ConfigProblem } from '../config/config-error.ts';
import { didYouMean } from '../config/nearest.ts';
import type { Missing } from '../lab/need.ts';
import { labSpecOf } from '../scenario/circumstances.ts';
import { bootKey, type RunSettings } from '../scenario/run-settings.ts';
import { boots, type Scenario } from '../scenario/scenario.ts';
import { loadServer, type ServerSpec } from '../sut/server-spec.ts';
import { loadFirmware } from '../vm/firmware.ts';
import { UsageError } from './command.ts';
import { distinct, type Inventory, MissingError, missingLine, remedyFor } from './needs.ts';
import { PLACES } from './places.ts';

type Origin = { readonly scenario: Scenario; readonly server: ServerSpec };

/** One machine against one server, and what stands against it: what this machine lacks, or what the server is not made for. */
type PlannedBoot = {
  readonly key: string;
  readonly missing: readonly Missing[];
  readonly unfit: ConfigError | undefined;
};

/**
 * Looks for everything that the chosen boots need, before anything is started. Returns the boots that cannot run, with
 * the reason: this machine lacks something, or a server chosen by hand is none that the scenario is for (it has no such
 * variant). Throws MissingError, with all that is missing, where none can run or where a skip must not pass unseen;
 * ConfigError where a scenario's own server does not have what it asks for; UsageError for two boots of one name.
 */
export async function findUnrunnable(
  scenarios: readonly Scenario[],
  chosen: {
    readonly servers: readonly ServerSpec[];
    readonly firmware: string | undefined;
    readonly firmwareFiles: string | undefined;
    readonly maySkip: boolean;
  },
  inventory: Inventory,
): Promise<RunSettings['unrunnable']> {
  const planned: PlannedBoot[] = [];
  const taken = new Map<string, Origin>();
  for (const { scenario, firmware: id } of scenarios.flatMap((one) => boots(one, chosen.firmware))) {
    const firmware =
      id === undefined ? undefined : await loadFirmware(id, PLACES.firmware, chosen.firmwareFiles);
    const own = chosen.servers.length > 0 ? [] : scenario.servers;
    const servers = [
      ...chosen.servers,
      ...(await Promise.all(own.map((id) => loadServer(id, PLACES.servers)))),
    ];
    for (const server of servers) {
      refuseUnknownHosts(scenario, server);
      const unfit = whatServerLacks(scenario, server);
      if (unfit !== undefined && own.length > 0) throw unfit;
      const key = bootKey(scenario.id, server.id);
      refuseTakenName(taken.get(key), { scenario, server });
      taken.set(key, { scenario, server });
      planned.push({
        key,
        missing: unfit === undefined ? await inventory.boot(server, firmware, scenario.link) : [],
        unfit,
      });
    }
  }
  const unfit = planned.filter((boot) => boot.unfit !== undefined);
  if (unfit[0]?.unfit !== undefined && unfit.length === planned.length) throw unfit[0].unfit;
  const lacking = planned.filter(({ missing }) => missing.length > 0);
  if (lacking.length > 0 && (lacking.length + unfit.length === planned.length || !chosen.maySkip)) {
    throw new MissingError(distinct(lacking.flatMap(({ missing }) => missing)));
  }
  return Object.fromEntries([
    ...lacking.map(({ key, missing }) => [
      key,
      { message: `this machine lacks:\n${missing.map(missingLine).join('\n')}`, hint: remedyFor(missing) },
    ]),
    ...unfit.map((boot) => [
      boot.key,
      {
        message: boot.unfit?.problems.map(({ message }) => message).join('; '),
        hint: 'none, unless the server should have it (docs/servers.md)',
      },
    ]),
  ]);
}

/** Evidence and results are kept under the names of scenario and server: two that share both would overwrite each other. */
function refuseTakenName(first: Origin | undefined, { scenario, server }: Origin): void {
  if (first === undefined) return;
  if (first.scenario.path !== scenario.path) {
    const files = `${first.scenario.path} and ${scenario.path}`;
    throw new UsageError(
      `two scenarios are called "${scenario.id}": ${files}`,
      'give one of the files another name',
    );
  }
  if (first.server.folder !== server.folder) {
    const folders = `${first.server.folder} and ${server.folder}`;
    throw new UsageError(
      `two servers are called "${server.id}": ${folders}`,
      'give one of the folders another name',
    );
  }
  throw new UsageError(
    `${scenario.id} would boot twice against server "${server.id}"`,
    'name the server once',
  );
}

/** Which hosts there are is the lab's to say, and the scenario's. */
function refuseUnknownHosts(scenario: Scenario, { file }: ServerSpec): void {
  const hosts = labSpecOf(scenario).hosts.map(({ name }) => name);
  const problems = Object.keys(file.value.hosts)
    .filter((host) => !hosts.includes(host))
    .map((host) => file.problemAt(['hosts', host], `the lab has no host "${host}"`, didYouMean(host, hosts)));
  if (problems.length > 0) throw new ConfigError('CONFIG_REFERENCE', file.file, problems);
}

/** What a scenario asks of a server is the server's to have: known only when both files are read. */
function whatServerLacks({ path, file, problemAt }: Scenario, server: ServerSpec): ConfigError | undefined {
  const { variant, files = {} } = file;
  const { variants = {}, root } = server.file.value;
  const problems: ConfigProblem[] = [];
  if (variant !== undefined && !Object.hasOwn(variants, variant)) {
    const message = `server ${server.id} has no variant "${variant}"`;
    problems.push(problemAt(['variant'], message, didYouMean(variant, Object.keys(variants))));
  }
  if (root === undefined && Object.keys(files).length > 0) {
    const message = `server ${server.id} has no document root for them`;
    problems.push(problemAt(['files'], message, 'name one in its server.yaml: root'));
  }
  return problems.length === 0 ? undefined : new ConfigError('CONFIG_REFERENCE', path, problems);
}
