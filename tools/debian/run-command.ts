import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';

export type CommandResult = {
  readonly status: number;
  readonly stdout: string;
  /** Both streams in the order they came: what a person would have seen. */
  readonly said: string;
};

export type RunOptions = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** Runs a command to its end and hands back its output, whatever its status. Never throws for a command that fails. */
export type RunCommand = (argv: readonly string[], options?: RunOptions) => Promise<CommandResult>;

/** Runs commands for real, without standard input, in English; what they say is added to `logFile`. */
export function commandRunner(logFile: string): RunCommand {
  return (argv, { cwd, env } = {}) => {
    const [command = '', ...args] = argv;
    const { promise, resolve } = Promise.withResolvers<CommandResult>();
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, LC_ALL: 'C', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      said += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const end = (status: number): void => {
      appendFileSync(logFile, `--- ${argv.join(' ')}\n${said}--- exit status ${status}\n`);
      resolve({ status, stdout, said });
    };
    child.on('error', (error) => {
      said += `${error.message}\n`;
      end(127);
    });
    child.on('close', (code, signal) => {
      if (signal !== null) said += `ended by ${signal}\n`;
      end(code ?? 128);
    });
    return promise;
  };
}
