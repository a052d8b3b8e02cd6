import { once } from 'node:events';
import { loadServerConfig } from '../server/config/load-server-config.ts';
import { formatEvent } from '../server/event.ts';
import { serve as startServing } from '../server/serve.ts';
import { systemClock } from '../server/shell/clock.ts';
import { parseArguments } from './arguments.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { gatheredOutput } from './gathered-output.ts';

const HELP = `pxebench serve: the reference server: DHCP, TFTP, HTTP and DNS from one configuration

usage: pxebench serve --config FILE [--json]

  --config FILE   what to serve, on which address; servers/reference/pxe.yaml is an example
  --json          one JSON object a line in place of text

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
    const out = gatheredOutput(io.out);
    await using _server = await startServing(config, {
      clock: systemClock,
      log: (event) => out(`${values.json === true ? JSON.stringify(event) : formatEvent(event)}\n`),
    });
    if (!io.signal.aborted) await once(io.signal, 'abort');
    return EXIT.ok;
  },
};
