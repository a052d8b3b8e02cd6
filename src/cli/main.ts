import { createWriteStream, fstatSync } from 'node:fs';
import { styleText } from 'node:util';
import { ConfigError } from '../config/config-error.ts';
import { didYouMean } from '../config/nearest.ts';
import { CaptureError } from '../pcap/open-capture.ts';
import { type Paint, PLAIN } from '../report/terminal.ts';
import { type Command, EXIT, type ExitStatus, type Io, UsageError } from './command.ts';
import { fileOutput, type Output } from './file-output.ts';
import { VERSION } from './version.ts';

/** Loaded when asked for: what one command needs (a test runner, a server) must not slow the others down. */
const COMMANDS: readonly {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}[] = [
  {
    name: 'run',
    summary: 'boot machines against boot servers, watch every frame, judge',
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'explain',
    summary: 'tell the story of every client in a capture file',
    load: async () => (await import('./explain.ts')).explain,
  },
  {
    name: 'scrub',
    summary: 'replace what tells whose network a capture is from, so that it can be shared',
    load: async () => (await import('./scrub.ts')).scrub,
  },
  {
    name: 'compare',
    summary: 'how the behaviour of two clients differs: captures or profiles',
    load: async () => (await import('./compare.ts')).compare,
  },
  {
    name: 'replay',
    summary: 'be the clients of a capture, against any server',
    load: async () => (await import('./replay.ts')).replay,
  },
  {
    name: 'probe',
    summary: 'ask a server what clauses want to know of it, and judge its answers',
    load: async () => (await import('./probe.ts')).probe,
  },
  {
    name: 'record',
    summary: 'make a capture, a client profile and a scenario of a boot',
    load: async () => (await import('./record.ts')).record,
  },
  {
    name: 'lab',
    summary: 'a lab to play in: server, capture, and a machine on this terminal',
    load: async () => (await import('./lab.ts')).lab,
  },
  {
    name: 'list',
    summary: 'list scenarios, servers, firmware or captures',
    load: async () => (await import('./list.ts')).list,
  },
  {
    name: 'doctor',
    summary: 'what this machine has and lacks, and the command that mends it',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'serve',
    summary: 'the reference server: DHCP, TFTP, HTTP and DNS',
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'leases',
    summary: 'list what the reference server has given, import what dnsmasq has',
    load: async () => (await import('./leases.ts')).leases,
  },
];

const HELP = `pxebench ${VERSION}: boots real firmware against real boot servers and judges every frame

usage: pxebench COMMAND [options]

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}

  pxebench COMMAND --help    options and examples of one command
  pxebench --version

exit status: 0 all passed, 1 the thing under test failed, 2 wrong usage or configuration, 3 the bench itself failed
`;

async function main(argv: readonly string[], io: Io): Promise<ExitStatus> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    io.out(HELP);
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (name === '--version' || name === '-V') {
    io.out(`${VERSION}\n`);
    return EXIT.ok;
  }
  const found = COMMANDS.find((candidate) => candidate.name === name);
  if (found === undefined) {
    throw new UsageError(
      `unknown command "${name}"`,
      didYouMean(
        name,
        COMMANDS.map((candidate) => candidate.name),
      ),
    );
  }
  const command = await found.load();
  if (rest.includes('--help') || rest.includes('-h')) {
    io.out(command.help);
    return EXIT.ok;
  }
  return command.run(rest, io);
}

/** Errors that name the thing and the remedy, without a stack: they are the user's to read. */
function report(error: unknown, io: Io): ExitStatus {
  const say = (text: string, hint?: string): void => {
    io.err(`${io.paintErr('red', 'error:')} ${text}\n`);
    if (hint !== undefined) io.err(`${io.paintErr('bold', 'remedy:')} ${hint}\n`);
  };
  if (error instanceof UsageError) {
    say(error.message, error.hint);
    return EXIT.usage;
  }
  if (
    error instanceof ConfigError ||
    (error instanceof AggregateError && error.errors.every((one) => one instanceof ConfigError))
  ) {
    say(error.message);
    return EXIT.usage;
  }
  if (error instanceof CaptureError) {
    say(error.message, error.hint);
    return EXIT.usage;
  }
  if (io.signal.aborted) return EXIT.interrupted;
  const { message, hint, code, stack } = error as Error & { hint?: string; code?: string };
  // Our own errors say all there is to say; anything else is a bug, and its stack is what to report.
  if (code !== undefined && /^[A-Z]+_[A-Z_]+$/.test(code)) say(message, hint);
  else
    say(stack ?? String(error), 'this is a fault of pxebench itself: please report it with the lines above');
  return EXIT.bench;
}

function painter(stream: NodeJS.WriteStream): Paint {
  const coloured = process.env.NO_COLOR === undefined && stream.isTTY === true;
  return coloured ? (format, text) => styleText(format, text, { validateStream: false }) : PLAIN;
}

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    process.stderr.write('\ninterrupted\n');
    interrupt.abort();
  });
}
// `pxebench explain x | head`: the reader has had enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

/** A server goes on when the disk of its log is full; any other command has nothing left to do. */
function outputFailed(error: Error): void {
  if (process.argv[2] !== 'serve') throw error;
  if (!toldOfOutput)
    process.stderr.write(`the log cannot be written, and the server goes on: ${error.message}\n`);
  toldOfOutput = true;
}
let toldOfOutput = false;
const output: Output = fstatSync(process.stdout.fd).isFile()
  ? fileOutput(process.stdout.fd, outputFailed)
  : { write: (text, taken) => void process.stdout.write(text, taken) };

const io: Io = {
  out: (text) => void output.write(text),
  drained: () => new Promise((resolve) => output.write('', () => resolve())),
  patient: () => {
    if (!process.stdout.isTTY) return { out: io.out, drained: io.drained };
    // Writes in a thread of its own; process.stdout is synchronous on a terminal.
    const terminal = createWriteStream('', { fd: process.stdout.fd, autoClose: false });
    terminal.on('error', () => undefined);
    return {
      out: (text) => void terminal.write(text),
      drained: () => new Promise((resolve) => terminal.write('', () => resolve())),
    };
  },
  err: (text) => void process.stderr.write(text),
  paint: painter(process.stdout),
  paintErr: painter(process.stderr),
  width: process.stdout.columns ?? process.stderr.columns ?? 120,
  wraps: process.stdout.isTTY === true,
  interactive: process.stderr.isTTY === true,
  cwd: process.cwd(),
  env: process.env,
  signal: interrupt.signal,
};

process.exitCode = await main(process.argv.slice(2), io).catch((error: unknown) => report(error, io));
