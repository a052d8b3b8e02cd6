/**
 * How iPXE takes a script apart (src/image/script.c, src/core/exec.c): lines at LF, a CR before it dropped, a backslash at
 * the end joins the next line; a first word `:x` is a label; words at white space; `||`, `&&` and `;` as words of their own
 * end a command, a word that begins with `#` ends the line. There is no quoting. `${...}` is expanded within a word, after
 * the line was taken apart, so what a setting holds never makes another word or command.
 *
 * Used to check what operators write, and what was made of it.
 */
export type ScriptLine = {
  readonly label: string | undefined;
  readonly commands: readonly ScriptCommand[];
};

export type ScriptCommand = {
  readonly words: readonly string[];
  /** What stands after it: the next command runs on failure, on success, or always. */
  readonly operator: '||' | '&&' | ';' | undefined;
};

const MAGIC = /^#![gi]pxe[ \t\n\v\f\r]/;
/** isspace() in the C locale. */
const WHITE_SPACE = /[ \t\n\v\f\r]+/;

/** Undefined: iPXE does not take it for a script (IPXE-001). */
export function parseIpxeScript(text: string): readonly ScriptLine[] | undefined {
  return MAGIC.test(text) ? scriptLines(text) : undefined;
}

/** The lines of a piece of a script. Empty ones are left out. */
export function scriptLines(text: string): readonly ScriptLine[] {
  const lines: ScriptLine[] = [];
  let line = '';
  for (const piece of text.split('\n')) {
    line += piece;
    if (line.endsWith('\r')) line = line.slice(0, -1);
    if (line.endsWith('\\')) {
      line = line.slice(0, -1);
      continue;
    }
    const read = readLine(line);
    if (read.label !== undefined || read.commands.length > 0) lines.push(read);
    line = '';
  }
  return lines;
}

function readLine(line: string): ScriptLine {
  // A NUL ends the string.
  const words = (line.split('\0', 1)[0] ?? '').split(WHITE_SPACE).filter((word) => word !== '');
  const label = words[0]?.startsWith(':') === true ? words.shift()?.slice(1) : undefined;
  const commands: ScriptCommand[] = [];
  let command: string[] = [];
  for (const word of words) {
    if (word.startsWith('#')) break;
    if (word === '||' || word === '&&' || word === ';') {
      commands.push({ words: command, operator: word });
      command = [];
    } else command.push(word);
  }
  if (command.length > 0) commands.push({ words: command, operator: undefined });
  return { label, commands };
}

/** True for what iPXE would not take as a part of a command: `||`, `&&`, `;` and comments. */
export function endsCommand(word: string): boolean {
  return word === '||' || word === '&&' || word === ';' || word.startsWith('#');
}
