import type { LadderLine } from './ladder.ts';

/** What a run of scenarios found. These types are the contract of results.json: add to them, never change a meaning. */
export type RunResult = {
  readonly format: 'pxebench-results/1';
  readonly startedAt: string;
  readonly seconds: number;
  readonly passed: number;
  /** The thing under test did what it must not. */
  readonly failed: number;
  /** The bench itself failed: nothing is said about the thing under test. */
  readonly errors: number;
  readonly skipped: number;
  readonly scenarios: readonly ScenarioResult[];
};

export type ScenarioOutcome = 'passed' | 'failed' | 'error' | 'skipped';

export type ScenarioResult = {
  /** Path below scenarios/ without `.yaml`: `seed/bios-ipxe-to-pxelinux`. */
  readonly scenario: string;
  readonly title: string;
  readonly server: string;
  readonly firmware: string;
  readonly outcome: ScenarioOutcome;
  /** Power-on to verdict; 0 where the machine was never powered on. */
  readonly bootSeconds: number;
  /** Everything, lab and server included. */
  readonly seconds: number;
  readonly ladder: readonly Rung[];
  readonly steps: readonly StepResult[];
  readonly failures: readonly Failure[];
  /** Present where the machine hung on a cable with rules: the seed that gives the same faults again, and what each rule did. */
  readonly link?: LinkResult | undefined;
  /** Present when outcome is `error` or `skipped`: what is missing or broken, and the remedy. */
  readonly problem: { readonly message: string; readonly hint: string | undefined } | undefined;
  readonly artifacts: Artifacts;
};

export type LinkResult = {
  readonly seed: number;
  readonly rules: readonly {
    /** As the plan says it: `lose dhcp offer, first 1`. */
    readonly text: string;
    /** How many frames it acted on. */
    readonly acted: number;
  }[];
};

/** A line of the ladder, with the number of the step of `expect` that it met, counted from 1. */
export type Rung = LadderLine & { readonly step?: number };

export type StepResult = {
  /** As the scenario says it: `dhcp: offer, to: ipxe, file: ...`. */
  readonly text: string;
  readonly outcome: 'met' | 'not-met' | 'not-reached';
  /** The event that met it, or that came nearest. */
  readonly event: LadderLine | undefined;
};

/** One thing that is not as the scenario says. */
export type Failure = {
  /** `profile`: the client behaved in another way than its profile says, and may not. */
  readonly rule: 'expect' | 'never' | 'exactly' | 'profile';
  /** The step, as the scenario says it. */
  readonly step: string;
  /** Line of the scenario file. */
  readonly line: number;
  /** The first event that differs; undefined where nothing of its kind was seen. */
  readonly event: LadderLine | undefined;
  readonly differences: readonly { readonly field: string; readonly wanted: string; readonly got: string }[];
  /** One sentence. */
  readonly message: string;
};

/** Paths of what was kept, relative to the report folder. */
export type Artifacts = {
  readonly capture?: string;
  /** What the client's end of its link saw, and what the link did, rule by rule. */
  readonly clientCapture?: string;
  readonly linkLog?: string;
  /** As text, without escape codes; and as the octets that came. */
  readonly console?: string;
  readonly consoleRaw?: string;
  readonly screenshot?: string;
  readonly serverLog?: string;
};
