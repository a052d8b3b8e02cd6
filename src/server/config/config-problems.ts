import { ConfigError, type ConfigErrorCode, type ConfigProblem } from '../../config/config-error.ts';
import type { FieldPath } from '../../config/schema-problems.ts';
import type { YamlFile } from '../../config/yaml-file.ts';

/** Collects what is wrong beyond the schema, so that all of it is told at once. */
export class ConfigProblems {
  readonly #file: YamlFile<unknown>;
  readonly #found: ConfigProblem[] = [];

  constructor(file: YamlFile<unknown>) {
    this.#file = file;
  }

  add(path: FieldPath, message: string, hint?: string): void {
    this.#found.push(this.#file.problemAt(path, message, hint));
  }

  /** Throws ConfigError with all of them, if there are any. */
  throwIfAny(code: ConfigErrorCode): void {
    if (this.#found.length > 0) throw new ConfigError(code, this.#file.file, this.#found);
  }
}
