import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import { resolve } from 'node:path';
import { loadServerConfig } from '../server/config/load-server-config.ts';
import type { ServerConfig } from '../server/config/server-config.ts';
import { configWarnings } from '../server/config-warnings.ts';
import { keepToConfig } from '../server/reload.ts';
import { serve as startServing } from '../server/serve.ts';
import { systemClock } from '../server/shell/clock.ts';
import { parseArguments } from './arguments.ts';
import { type Command, EXIT, type Io, UsageError } from './command.ts';
import { clientFrom, explain } from './serve-explain.ts';
import { serveLog } from './serve-log.ts';

const HELP = `pxebench serve: the reference server: DHCP, TFTP, HTTP and DNS from one configuration

usage: pxebench serve --config FILE [--json]
       pxebench serve --config FILE --check
       pxebench serve --config FILE --explain CLIENT [--set NAME=VALUE]... [--json]

  --config FILE      what to serve, on which address; servers/reference/pxe.yaml is an example
  --check            says whether FILE is right, and ends: exit status 0 or 2
  --explain CLIENT   what such a client would get and why, stage by stage; nothing is started. A MAC address, or what is
                     known of it: uuid=..., or mac=...,serial=...
  --set NAME=VALUE   one more thing that boot1 would send, such as serial, product, arch; giaddr is the relay's address
  --json             one JSON object a line in place of text, with one "boot" for all that belongs to one boot; with
                     --explain one document

It answers DHCP on the interface that has the configured address: on a network that has a DHCP server already, do not.
A change of FILE, or of a file it includes, is taken at once, and on SIGHUP; a wrong one is refused, and the old one stays.
Ctrl-C stops it.

examples:
  pxebench serve --config pxe.yaml
  pxebench serve --config pxe.yaml --explain 00:12:34:56:78:90 --set serial=SN-0042
`;

export const serve: Command = {
  help: HELP,
  run: async (argv, io) => {
    const { values, positionals } = parseArguments(argv, {
      config: { type: 'string' },
      json: { type: 'boolean' },
      check: { type: 'boolean' },
      explain: { type: 'string' },
      set: { type: 'string', multiple: true },
    });
    if (values.config === undefined || positionals.length > 0) {
      throw new UsageError(
        values.config === undefined ? 'wanted --config FILE' : `unexpected "${positionals[0]}"`,
        'pxebench serve --help',
      );
    }
    if (values.set !== undefined && values.explain === undefined) {
      throw new UsageError('--set: goes with --explain', 'pxebench serve --help');
    }
    const file = resolve(io.cwd, values.config);
    const config = await loadServerConfig(file);
    const json = values.json === true;
    if (values.explain !== undefined) {
      await sayWarnings(config, io);
      await explain(config, clientFrom(values.explain, values.set ?? [], config), json, io);
    } else if (values.check === true) {
      await sayWarnings(config, io);
      io.out(`${values.config}: right${extent(config)}\n`);
    } else await run(file, config, json, io);
    return EXIT.ok;
  },
};

async function run(file: string, config: ServerConfig, json: boolean, io: Io): Promise<void> {
  const log = serveLog({ ...io, ...io.patient() }, json ? 'json' : 'text', io.wraps);
  {
    await using server = await startServing(config, { clock: systemClock, record: log.record });
    // Node writes what it compiled when the process ends, and a server is often killed: its next start would take 30 MB more.
    flushCompileCache();
    using reloader = await keepToConfig(file, config, server, systemClock);
    const hangUp = (): void => void reloader.reload();
    process.on('SIGHUP', hangUp);
    try {
      if (!io.signal.aborted) await once(io.signal, 'abort');
    } finally {
      process.off('SIGHUP', hangUp);
    }
  }
  await log.end();
}

async function sayWarnings(config: ServerConfig, io: Io): Promise<void> {
  for (const warning of await configWarnings(config, Date.now())) io.err(`warning: ${warning}\n`);
}

function extent({ http, sources }: ServerConfig): string {
  const rules = http === undefined ? '' : `, ${http.orders.rules.length} rules`;
  return sources.size > 1 ? `${rules}, ${sources.size} files` : rules;
}
