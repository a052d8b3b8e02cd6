import type { Level, LogRecord } from './log-record.ts';
import { printable } from './printable.ts';

export type Paint = (format: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', text: string) => string;

export type RecordStyle = {
  /** Colours only where they mean something. */
  readonly paint: Paint;
  /** Columns of the terminal; undefined: nobody wraps, one line is one record. */
  readonly width: number | undefined;
};

const MARK = { quiet: ' ', info: ' ', good: '✓', warning: '!', failure: '✗' } as const;
const COLOUR = { quiet: 'dim', info: undefined, good: 'green', warning: 'yellow', failure: 'red' } as const;
/** `07:21:03.456`, a MAC address, an IPv4 address (or as much of a name), the longest stage. */
const WIDTHS = { time: 12, client: 17, name: 15, stage: 9 } as const;
const TEXT_AT = WIDTHS.time + 1 + WIDTHS.client + 1 + WIDTHS.name + 1 + WIDTHS.stage + 1 + 2;
const LEAST_TEXT = 24;

/**
 * One line for a person, without control characters, whatever a client sent; more only where a terminal is too narrow.
 * Undefined for what only machines want. `epoch`: when it was, in milliseconds since 1970; shown in local time.
 */
export function formatRecord(
  record: LogRecord,
  epoch: number,
  { paint, width }: RecordStyle,
): string | undefined {
  if (record.level === 'quiet') return undefined;
  const why = record.because === undefined || record.because === record.text ? '' : ` (${record.because})`;
  const text = printable(record.text + why);
  const time = clockTime(epoch);
  const client = fitted(record.client ?? record.address ?? '', WIDTHS.client);
  const name = fitted(nameOf(record), WIDTHS.name);
  const stage = fitted(record.stage, WIDTHS.stage);
  const [first = '', ...more] =
    width === undefined ? [text] : wrapped(text, Math.max(LEAST_TEXT, width - TEXT_AT));
  const painted = (line: string): string => coloured(record.level, line, paint);
  const head = `${paint('dim', time)} ${client} ${paint('dim', name)} ${paint('cyan', stage)} `;
  const indent = ' '.repeat(TEXT_AT);
  return [
    `${head}${painted(`${MARK[record.level]} ${first}`)}`,
    ...more.map((line) => `${indent}${painted(line)}`),
  ].join('\n');
}

function coloured(level: Level, text: string, paint: Paint): string {
  const colour = COLOUR[level];
  return colour === undefined ? text : paint(colour, text);
}

/** The name that the client gives itself, else its address, if that is not what it is called already. */
function nameOf({ hostName, address, client }: LogRecord): string {
  if (hostName !== undefined) return hostName;
  return address === undefined || address === client || client === undefined ? '' : address;
}

function fitted(text: string, width: number): string {
  const shown = printable(text);
  return shown.length > width ? `${shown.slice(0, width - 1)}…` : shown.padEnd(width);
}

const two = (n: number): string => String(n).padStart(2, '0');

let second = { at: Number.NaN, text: '' };

function clockTime(epoch: number): string {
  const whole = Math.floor(epoch / 1000);
  // A busy server writes thousands of lines in one second.
  if (second.at !== whole) {
    const date = new Date(epoch);
    second = {
      at: whole,
      text: `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`,
    };
  }
  return `${second.text}.${String(epoch - 1000 * whole).padStart(3, '0')}`;
}

/** At spaces; a word that is longer than the room is cut where it has to be. */
function wrapped(text: string, room: number): readonly string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > room) {
    const space = rest.lastIndexOf(' ', room);
    const end = space > 0 ? space : room;
    lines.push(rest.slice(0, end));
    rest = rest.slice(space > 0 ? end + 1 : end);
  }
  return [...lines, rest];
}

const JSON_LEVEL = {
  quiet: 'debug',
  info: 'info',
  good: 'info',
  warning: 'warning',
  failure: 'error',
} as const;

/** One line for a program: time in UTC, and `boot`, by which all lines of one boot are found. */
export function recordAsJson(record: LogRecord, epoch: number): string {
  const { level, stage, boot, client, more, did, because, text } = record;
  const line = {
    time: new Date(epoch).toISOString(),
    level: JSON_LEVEL[level],
    stage,
    boot,
    client,
    ...more,
    // Of an event, the client is an address and a port.
    ...(client === undefined ? {} : { client }),
    address: record.address ?? more?.address,
    hostName: record.hostName,
    did,
    because,
    text,
  };
  // Inside JSON's strings, the only place where such characters can stand, this is JSON's own escape.
  return printable(JSON.stringify(line));
}
