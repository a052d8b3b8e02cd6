import type { Finding } from '../findings/finding.ts';
import type { LadderLine } from './ladder.ts';
import type { Failure, LinkResult, Rung, RunResult, ScenarioResult } from './result.ts';

/** Colours a text, or leaves it as it is where the output is no terminal. */
export type Paint = (format: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', text: string) => string;

export const PLAIN: Paint = (_, text) => text;

const MARK = { passed: '✓', failed: '✗', error: '!', skipped: '-' } as const;
const COLOUR = { passed: 'green', failed: 'red', error: 'yellow', skipped: 'dim' } as const;
/** A dotted quad. Hosts' names are shorter, and IPv6 addresses are cut. */
const WIDEST_PEER = 15;
const PROTOCOL_WIDTH = 8;
const FRAMES_WIDTH = 11;
const ARTIFACT_WIDTH = 10;

/** One ladder as lines: seconds, to or from whom, protocol, what, and the frames that prove it. */
export function formatLadder(
  rungs: readonly (LadderLine | Rung)[],
  paint: Paint,
  width: number,
): readonly string[] {
  const steps = rungs.some((rung) => 'step' in rung && rung.step !== undefined);
  const peerWidth = Math.min(WIDEST_PEER, Math.max(4, ...rungs.map(({ peer }) => peer.length)));
  // indent 2, time 9, space, arrow 1, space, peer, space, protocol, space, text, space, frames [, space, step 4]
  const room = Math.max(
    24,
    width - 2 - 9 - 3 - peerWidth - 1 - PROTOCOL_WIDTH - 1 - 1 - FRAMES_WIDTH - (steps ? 5 : 0),
  );
  return rungs.flatMap((rung) => {
    const step = 'step' in rung && rung.step !== undefined ? rung.step : undefined;
    const [first = '', ...more] = wrapped(printable(rung.text), room);
    const head = `  ${paint('dim', rung.seconds.toFixed(3).padStart(9))} ${paint('dim', rung.arrow)} ${fitted(printable(rung.peer), peerWidth)} ${paint('cyan', fitted(printable(rung.protocol), PROTOCOL_WIDTH))} `;
    const tail = ` ${paint('dim', framesText(rung).padStart(FRAMES_WIDTH))}${step === undefined ? '' : ` ${paint('green', `✓${step}`)}`}`;
    const indent = ' '.repeat(2 + 9 + 3 + peerWidth + 1 + PROTOCOL_WIDTH + 1 + 2);
    return [`${head}${first.padEnd(room)}${tail}`.trimEnd(), ...more.map((line) => `${indent}${line}`)];
  });
}

const FINDING_MARK = { failure: '✗', warning: '!', note: '·' } as const;
const FINDING_COLOUR = { failure: 'red', warning: 'yellow', note: 'dim' } as const;

/** Findings as lines: a mark, what is the matter, the frames; then the likeliest reason and the remedy. */
export function formatFindings(findings: readonly Finding[], paint: Paint, width: number): readonly string[] {
  const room = Math.max(24, width - 4 - 1 - FRAMES_WIDTH);
  return findings.flatMap(({ weight, says, because, remedy, frames }) => {
    const [first = '', ...more] = wrapped(printable(says), room);
    const tail = paint('dim', framesText({ frames }).padStart(FRAMES_WIDTH));
    const reasons = [
      ...(because === undefined ? [] : [`because ${because}`]),
      ...(remedy === undefined ? [] : [`remedy: ${remedy}`]),
    ];
    return [
      `  ${paint(FINDING_COLOUR[weight], FINDING_MARK[weight])} ${first.padEnd(room)} ${tail}`,
      ...[...more, ...reasons.flatMap((reason) => wrapped(printable(reason), room))].map(
        (line) => `    ${line}`,
      ),
    ];
  });
}

/**
 * What is told of one scenario: its ladder, what was met and what not, and where the evidence lies (below `evidence`, the
 * report folder).
 */
export function formatScenario(
  result: ScenarioResult,
  paint: Paint,
  width: number,
  evidence: string,
): readonly string[] {
  const colour = COLOUR[result.outcome];
  const lines = [
    `${paint(colour, MARK[result.outcome])} ${paint('bold', result.title)}`,
    `  ${paint('dim', `${result.scenario} · server ${result.server} · ${result.firmware}${result.bootSeconds > 0 ? ` · ${result.bootSeconds.toFixed(1)} s from power-on to verdict` : ''}`)}`,
  ];
  if (result.ladder.length > 0) lines.push('', ...formatLadder(result.ladder, paint, width), '');
  if (result.problem !== undefined) {
    lines.push(
      `  ${paint(colour, result.outcome === 'skipped' ? 'skipped' : 'the bench failed')}: ${indented(result.problem.message)}`,
    );
    if (result.problem.hint !== undefined)
      lines.push(`  ${paint('bold', 'remedy')}: ${indented(result.problem.hint)}`);
  }
  if (result.outcome === 'passed' || result.outcome === 'failed') {
    const met = result.steps.filter((step) => step.outcome === 'met').length;
    lines.push(`  ${met} of ${result.steps.length} steps met`);
  }
  if (result.link !== undefined) lines.push(...formatLink(result.link, paint));
  for (const failure of result.failures) lines.push(...formatFailure(failure, result, paint));
  if (result.outcome !== 'passed' && result.outcome !== 'skipped')
    lines.push(...formatArtifacts(result, paint, evidence));
  return [...lines, ''];
}

export function formatLink({ seed, rules }: LinkResult, paint: Paint): readonly string[] {
  return [
    `  link, seed ${seed}`,
    ...rules.map(({ text, acted }) => {
      const frames = acted === 1 ? '1 frame' : `${acted} frames`;
      return `    ${paint('dim', frames.padStart(11))}  ${printable(text)}`;
    }),
  ];
}

function formatFailure(failure: Failure, result: ScenarioResult, paint: Paint): readonly string[] {
  const { rule, step, line, event, differences, message } = failure;
  const number =
    rule === 'expect' ? ` ${result.steps.findIndex((candidate) => candidate.outcome === 'not-met') + 1}` : '';
  const lines = [
    `  ${paint('red', `✗ ${rule}${number}`)}  ${step}  ${paint('dim', `(${result.scenario}.yaml line ${line})`)}`,
  ];
  if (differences.length === 0) lines.push(`      ${printable(message)}`);
  const longest = Math.max(0, ...differences.map(({ field }) => field.length));
  for (const { field, wanted, got } of differences) {
    lines.push(`      ${field.padEnd(longest)}  wanted ${paint('green', printable(wanted))}`);
    lines.push(`      ${' '.repeat(longest)}     got ${paint('red', printable(got))}`);
  }
  if (differences.length > 0 && event !== undefined) {
    lines.push(
      `      ${paint('dim', `at ${event.seconds.toFixed(3)} s, ${framesText(event) || 'no frame'}: ${event.protocol} ${printable(event.text)}`)}`,
    );
  }
  const unreached = result.steps.filter((candidate) => candidate.outcome === 'not-reached').length;
  if (rule === 'expect' && unreached > 0)
    lines.push(
      `      ${paint('dim', `${unreached} more ${unreached === 1 ? 'step was' : 'steps were'} not reached`)}`,
    );
  return lines;
}

function formatArtifacts({ artifacts }: ScenarioResult, paint: Paint, evidence: string): readonly string[] {
  const widest = Math.max(ARTIFACT_WIDTH, ...Object.keys(artifacts).map(({ length }) => length));
  return Object.entries(artifacts).map(
    ([name, path]) => `  ${paint('dim', `${name.padEnd(widest)} ${evidence}/${path}`)}`,
  );
}

/** The last lines of a run. */
export function formatSummary(run: RunResult, paint: Paint): readonly string[] {
  const counts = [
    `${run.passed} passed`,
    run.failed > 0 ? paint('red', `${run.failed} failed`) : undefined,
    run.errors > 0 ? paint('yellow', `${run.errors} not judged: the bench failed`) : undefined,
    run.skipped > 0 ? `${run.skipped} skipped` : undefined,
  ].filter((count) => count !== undefined);
  return [`${counts.join(', ')} in ${run.seconds.toFixed(1)} s`];
}

/** `#12`, `#12-40`. */
function framesText({ frames }: Pick<LadderLine, 'frames'>): string {
  const first = frames[0];
  if (first === undefined) return '';
  const last = frames.at(-1);
  return last === first ? `#${first}` : `#${first}-${last}`;
}

/** What came from a wire may hold anything. Control characters, which a terminal would obey, are shown as `\\x1b`. */
export function printable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is not to be printed
    /[\u0000-\u001f\u007f-\u009f]/g,
    (character) =>
      character === '\n' ? '\\n' : `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`,
  );
}

function fitted(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}

function indented(text: string): string {
  return text.replaceAll('\n', '\n    ');
}

/** Breaks at spaces, else after the ampersands and slashes of a URL, else anywhere. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const window = rest.slice(0, width + 1);
    const space = window.lastIndexOf(' ');
    const mark = Math.max(window.lastIndexOf('&', width - 1), window.lastIndexOf('/', width - 1)) + 1;
    const at = space > width / 2 ? space : mark > width / 2 ? mark : width;
    lines.push(rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  return [...lines, rest];
}
