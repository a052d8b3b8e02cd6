export type ConfigErrorCode = 'CONFIG_UNREADABLE' | 'CONFIG_SYNTAX' | 'CONFIG_SCHEMA' | 'CONFIG_REFERENCE';

/** One thing wrong in a file somebody wrote. Lines and columns count from 1. */
export type ConfigProblem = {
  readonly line: number;
  readonly column: number;
  /** Where in the document: `expect[2].outcome`. Empty for the document itself. */
  readonly field: string;
  /** What was wanted and what stands there. */
  readonly message: string;
  /** The nearest valid name, or what to do. */
  readonly hint: string | undefined;
  /** Where it is not the file of the error: one that it includes. */
  readonly file?: string;
};

/**
 * A file that cannot be used as it is. All its problems at once, each with file, line and field.
 *
 * - `CONFIG_UNREADABLE`: no such file, no permission, a folder.
 * - `CONFIG_SYNTAX`: not YAML.
 * - `CONFIG_SCHEMA`: YAML, but not what this kind of file holds.
 * - `CONFIG_REFERENCE`: names something (a server, a firmware, a file) that does not exist.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: ConfigErrorCode;
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(code: ConfigErrorCode, file: string, problems: readonly ConfigProblem[], cause?: unknown) {
    super(problems.map((problem) => formatProblem(file, problem)).join('\n'), { cause });
    this.code = code;
    this.file = file;
    this.problems = problems;
  }
}

/** `pxe.yaml:3:5: dhcp.subnets: what is wrong; what to do`. */
export function formatProblem(
  of: string,
  { file = of, line, column, field, message, hint }: ConfigProblem,
): string {
  const where = line > 0 ? `${file}:${line}:${column}` : file;
  return `${where}: ${field === '' ? '' : `${field}: `}${message}${hint === undefined ? '' : `; ${hint}`}`;
}
