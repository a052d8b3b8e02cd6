import { type ParseArgsConfig, parseArgs } from 'node:util';
import { didYouMean } from '../config/nearest.ts';
import { UsageError } from './command.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Node's parseArgs, with unknown options answered by the nearest that exists. Throws UsageError. */
export function parseArguments<const O extends Options>(
  argv: readonly string[],
  options: O,
): ReturnType<typeof parseArgs<{ args: string[]; options: O; allowPositionals: true; strict: true }>> {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const unknown = /^Unknown option '(-[^']*)'/.exec(error.message)?.[1];
    if (unknown !== undefined) {
      const valid = Object.keys(options).map((name) => `--${name}`);
      throw new UsageError(`unknown option ${unknown}`, didYouMean(unknown, valid), error);
    }
    throw valueError(error);
  }
}

/** Node's sentences about values, in ours. Its two for a value that is missing: nothing follows, or something with a dash. */
function valueError(error: TypeError): UsageError {
  const option = /^Option '(?:-\w, )?(--[\w-]+)/.exec(error.message)?.[1];
  if (option === undefined)
    return new UsageError(error.message.split('. ')[0] ?? error.message, undefined, error);
  if (error.message.includes('does not take an argument')) {
    return new UsageError(`${option}: takes no value`, undefined, error);
  }
  return new UsageError(
    `${option}: wanted a value, got none`,
    `${option}=VALUE, where it begins with a dash`,
    error,
  );
}
