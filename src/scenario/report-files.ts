import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Artifacts } from '../report/result.ts';

/** What one scenario leaves in the report folder: a folder of its own, named after scenario and server. */
export class ReportFiles {
  readonly #report: string;
  readonly #folder: string;
  readonly #kept = new Map<keyof Artifacts, string>();

  constructor(reportFolder: string, name: string) {
    this.#report = reportFolder;
    this.#folder = join(reportFolder, name);
  }

  async prepare(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
  }

  /** Absolute path of a file that somebody else will write. */
  path(what: keyof Artifacts, file: string): string {
    const path = join(this.#folder, file);
    this.#kept.set(what, path);
    return path;
  }

  async write(what: keyof Artifacts, file: string, content: string | Uint8Array): Promise<void> {
    await writeFile(this.path(what, file), content);
  }

  /** Paths relative to the report folder, so that the folder can be moved. */
  get artifacts(): Artifacts {
    return Object.fromEntries([...this.#kept].map(([what, path]) => [what, relative(this.#report, path)]));
  }
}
