import { once } from 'node:events';
import { loadServerConfig } from '../server/config/load-server-config.ts';
import { serve as startServing } from '../server/serve.ts';
import { systemClock } from '../server/shell/clock.ts';
import { parseArguments } from './arguments.ts';
import { type Command, EXIT, UsageError } from './command.ts';

import { serveLog } from './serve-log.ts';

const HELP = `pxebench serve: the reference server: DHCP, TFTP, HTTP and DNS from one configuration

usage: pxebench serve --config FILE [--json]

  --config FILE   what to serve, on which address; servers/reference/pxe.yaml is an example
  --json          one JSON object a line in place of text, with one "boot" for all that belongs to one boot

It answers DHCP on the interface that has the configured address: on a network that has a DHCP server already, do not.
Ctrl-C stops it.

examples:
  pxebench serve --config pxe.yaml
`;

export const serve: Command = {
  help: HELP,
  run: async (argv, io) => {
    const { values, positionals } = parseArguments(argv, {
      config: { type: 'string' },
      json: { type: 'boolean' },
    });
    if (values.config === undefined || positionals.length > 0) {
      throw new UsageError(
        values.config === undefined ? 'wanted --config FILE' : `unexpected "${positionals[0]}"`,
        'pxebench serve --help',
      );
    }
    const config = await loadServerConfig(values.config);
    const log = serveLog(io, values.json === true ? 'json' : 'text', io.wraps);
    {
      await using _server = await startServing(config, { clock: systemClock, record: log.record });
      if (!io.signal.aborted) await once(io.signal, 'abort');
    }
    await log.end();
    return EXIT.ok;
  },
};
