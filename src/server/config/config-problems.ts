import {
  ConfigError,
  type ConfigErrorCode,
  type ConfigProblem,
  formatProblem,
} from '../../config/config-error.ts';
import type { FieldPath } from '../../config/schema-problems.ts';
import type { YamlFile } from '../../config/yaml-file.ts';

/** Collects what is wrong beyond the schema, so that all of it is told at once. */
export class ConfigProblems {
  readonly #file: YamlFile<unknown>;
  readonly #found: ConfigProblem[];
  readonly #warnings: string[];

  constructor(file: YamlFile<unknown>, found: ConfigProblem[] = [], warnings: string[] = []) {
    this.#file = file;
    this.#found = found;
    this.#warnings = warnings;
  }

  /** For a file that this one includes: told together. */
  within(file: YamlFile<unknown>): ConfigProblems {
    return new ConfigProblems(file, this.#found, this.#warnings);
  }

  add(path: FieldPath, message: string, hint?: string): void {
    this.#found.push({ ...this.#file.problemAt(path, message, hint), file: this.#file.file });
  }

  /** Something that can be served all the same. */
  warn(path: FieldPath, message: string, hint?: string): void {
    this.#warnings.push(formatProblem(this.#file.file, this.#file.problemAt(path, message, hint)));
  }

  get count(): number {
    return this.#found.length;
  }

  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** `orders.yaml:14` of a field. */
  where(path: FieldPath): string {
    return `${this.#file.file}:${this.#file.problemAt(path, '').line}`;
  }

  /** Throws ConfigError with all of them, if there are any. */
  throwIfAny(code: ConfigErrorCode): void {
    if (this.#found.length > 0) throw new ConfigError(code, this.#file.file, this.#found);
  }
}
