import { parseIpxeScript, type ScriptLine } from './ipxe-script.ts';
import type { ClientVariables } from './orders.ts';

/**
 * What is wrong with a script that is made for each client, whatever the client says: labels (IPXE-007), and commands that
 * a client could change. A value that is filled in is either empty or some letters that mean nothing to iPXE
 * (client-text.ts), so two scripts show all there can be: one with every value empty, one with none.
 */
export function scriptProblems(
  scriptFor: (client: ClientVariables) => string,
  variables: readonly string[],
): readonly string[] {
  const empty = parseIpxeScript(scriptFor(new Map())) ?? [];
  const full = parseIpxeScript(scriptFor(new Map(variables.map((name) => [name, [FILLER]])))) ?? [];
  const problems = [...labelProblems(full)];
  const chosen = full.flatMap(({ label = '', commands }) => [
    label,
    ...commands.map(({ words }) => words[0] ?? ''),
  ]);
  if (chosen.some((word) => word.includes(FILLER))) {
    problems.push('{{...}} in place of a command or label: a client must not choose what is done');
  } else if (skeleton(empty) !== skeleton(full)) {
    problems.push('a client that says nothing would get other commands: let other text stand beside {{...}}');
  }
  return problems;
}

const FILLER = 'xXpXxXeX';

/** Labels, commands and what stands between them, without arguments. */
function skeleton(lines: readonly ScriptLine[]): string {
  return JSON.stringify(
    lines.map(({ label, commands }) => [label, commands.map(({ words, operator }) => [words[0], operator])]),
  );
}

function* labelProblems(lines: readonly ScriptLine[]): Generator<string> {
  const labels = new Set<string>();
  for (const { label } of lines) {
    if (label === undefined) continue;
    if (labels.has(label)) yield `the label ":${label}" stands twice`;
    labels.add(label);
  }
  for (const { commands } of lines) {
    for (const { words } of commands) {
      const [command, target = ''] = words;
      if (command !== 'goto' || target.includes('${') || labels.has(target)) continue;
      yield `goto ${target}: there is no label ":${target}"`;
    }
  }
}
