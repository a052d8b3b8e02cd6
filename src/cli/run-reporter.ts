import type { TestAnnotation } from 'vitest';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import type { ScenarioResult } from '../report/result.ts';
import { formatScenario } from '../report/terminal.ts';
import type { Io } from './command.ts';
import '../scenario/run-settings.ts';

const REDRAW_MS = 100;

type Running = { readonly title: string; readonly sinceMs: number; said: string };

/** Tells a run: what is booting now (on a terminal, in place), and each scenario in full when it is over. */
export class RunReporter implements Reporter {
  readonly results: ScenarioResult[] = [];
  /** Faults that no scenario could report: a worker that died, a module that did not load. */
  readonly faults: string[] = [];
  readonly #io: Io;
  readonly #print: (text: string) => void;
  readonly #evidence: string;
  readonly #running = new Map<string, Running>();
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `print` takes what is told of finished scenarios. `evidence` is the report folder, as the user would type it. */
  constructor(io: Io, print: (text: string) => void, evidence: string) {
    this.#io = io;
    this.#print = print;
    this.#evidence = evidence;
  }

  onTestCaseReady(testCase: TestCase): void {
    this.#running.set(testCase.id, { title: testCase.name, sinceMs: Date.now(), said: 'starting' });
    if (!this.#io.interactive) this.#io.err(`… ${testCase.name}\n`);
    this.#timer ??= this.#io.interactive ? setInterval(() => this.#draw(), REDRAW_MS) : undefined;
  }

  onTestCaseAnnotate(testCase: TestCase, annotation: TestAnnotation): void {
    const running = this.#running.get(testCase.id);
    if (running !== undefined) running.said = annotation.message;
  }

  onTestCaseResult(testCase: TestCase): void {
    this.#running.delete(testCase.id);
    const result = testCase.meta().pxebench;
    this.#erase();
    if (result === undefined) {
      const { errors = [] } = testCase.result();
      this.faults.push(
        `${testCase.name}: ${errors.map(({ message }) => message).join('; ') || 'ended without a result'}`,
      );
    } else {
      this.results.push(result);
      this.#print(`${formatScenario(result, this.#io.paint, this.#io.width, this.#evidence).join('\n')}\n`);
    }
    this.#draw();
  }

  onTestModuleEnd(testModule: TestModule): void {
    for (const { message } of testModule.errors()) this.faults.push(`${testModule.moduleId}: ${message}`);
  }

  onTestRunEnd(_: readonly TestModule[], errors: readonly { readonly message: string }[]): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#erase();
    for (const { message } of errors) this.faults.push(message);
  }

  #erase(): void {
    if (this.#drawn > 0) this.#io.err(`\x1b[${this.#drawn}F\x1b[J`);
    this.#drawn = 0;
  }

  #draw(): void {
    if (!this.#io.interactive || this.#timer === undefined) return;
    this.#erase();
    for (const { title, sinceMs, said } of this.#running.values()) {
      const seconds = ((Date.now() - sinceMs) / 1000).toFixed(1).padStart(6);
      const line = `${seconds} s  ${title}: ${said}`;
      this.#io.err(`${line.slice(0, this.#io.width - 1)}\n`);
      this.#drawn++;
    }
  }
}
