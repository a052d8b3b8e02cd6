import type { RunResult, ScenarioResult } from './result.ts';

/** JUnit XML as Jenkins and GitLab read it: a bench fault is an `error`, a fault of the thing under test a `failure`. */
export function junitXml(run: RunResult): string {
  const suites = Map.groupBy(run.scenarios, ({ scenario }) => scenario);
  const counts = (results: readonly ScenarioResult[]): string => {
    const of = (outcome: ScenarioResult['outcome']): number =>
      results.filter((result) => result.outcome === outcome).length;
    const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
    return `tests="${results.length}" failures="${of('failed')}" errors="${of('error')}" skipped="${of('skipped')}" time="${seconds.toFixed(3)}"`;
  };
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="pxebench" ${counts(run.scenarios)}>`,
  ];
  for (const [name, results] of suites) {
    lines.push(
      `  <testsuite name="${escaped(name)}" timestamp="${escaped(run.startedAt)}" ${counts(results)}>`,
    );
    for (const result of results) lines.push(...testCase(result));
    lines.push('  </testsuite>');
  }
  return `${[...lines, '</testsuites>'].join('\n')}\n`;
}

function testCase(result: ScenarioResult): readonly string[] {
  const head = `    <testcase classname="${escaped(result.scenario)}" name="${escaped(`${result.title} [${result.server}]`)}" time="${result.seconds.toFixed(3)}"`;
  const body: string[] = [];
  const { problem } = result;
  if (result.outcome === 'skipped')
    body.push(`      <skipped message="${escaped(problem?.message ?? '')}"/>`);
  if (result.outcome === 'error')
    body.push(
      `      <error message="${escaped(problem?.message ?? '')}">${escaped(problem?.hint ?? '')}</error>`,
    );
  for (const { step, message, line } of result.failures) {
    body.push(
      `      <failure message="${escaped(`${step}: ${message}`)}">${escaped(`${result.scenario}.yaml line ${line}`)}</failure>`,
    );
  }
  const artifacts = Object.values(result.artifacts);
  if (artifacts.length > 0)
    body.push(
      `      <system-out>${escaped(artifacts.map((path) => `[[ATTACHMENT|${path}]]`).join('\n'))}</system-out>`,
    );
  return body.length === 0 ? [`${head}/>`] : [`${head}>`, ...body, '    </testcase>'];
}

/** Control characters have no place in XML 1.0, escaped or not. */
function escaped(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be removed
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll('\n', '&#10;')
  );
}
