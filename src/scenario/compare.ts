import { bootFileOf } from '../story/boot-file.ts';
import type { DhcpEvent, DnsEvent, HttpEvent, IscsiEvent, StoryEvent, TftpEvent } from '../story/event.ts';
import { ipv4FromBytes } from '../wire/address.ts';
import { fileName, optionData } from '../wire/dhcp/message.ts';
import { decodeQuery } from '../wire/uri-query.ts';
import { compilePattern } from './pattern.ts';
import type { Step } from './schema.ts';
import { fillIn, type Variables } from './variables.ts';

/** One field of an event that is not what a step wants. */
export type Mismatch = { readonly field: string; readonly wanted: string; readonly got: string };

type StepOf<K extends string> = Extract<Step, Record<K, unknown>>;

/**
 * Compares one event with one step. Undefined where they are of different kinds; else every field that differs, none
 * when the event is what the step wants. Pxelinux lookups are several events: see match-lookup.ts.
 */
export function compareEvent(
  step: Step,
  event: StoryEvent,
  variables: Variables,
): readonly Mismatch[] | undefined {
  const fields = new Fields(variables);
  if ('dhcp' in step) return event.kind === 'dhcp' ? compareDhcp(step, event, fields) : undefined;
  if ('tftp' in step)
    return event.kind === 'tftp' && event.operation === 'read' ? compareTftp(step, event, fields) : undefined;
  if ('http' in step) return event.kind === 'http' ? compareHttp(step, event, fields) : undefined;
  if ('dns' in step) return event.kind === 'dns' ? compareDns(step, event, fields) : undefined;
  if ('iscsi' in step) return event.kind === 'iscsi' ? compareIscsi(step, event, fields) : undefined;
  if ('console' in step) {
    return event.kind === 'console'
      ? fields.pattern('console', step.console, event.text).mismatches
      : undefined;
  }
  if ('machine' in step)
    return event.kind === 'machine'
      ? fields.exact('machine', step.machine, event.what).mismatches
      : undefined;
  if ('router' in step)
    return event.kind === 'router' ? fields.exact('router', step.router, event.what).mismatches : undefined;
  return undefined;
}

/** Collects what differs. A field that the step does not name is not compared. */
class Fields {
  readonly mismatches: Mismatch[] = [];
  readonly variables: Variables;

  constructor(variables: Variables) {
    this.variables = variables;
  }

  exact(field: string, wanted: string | number | undefined, got: string | number | undefined): this {
    if (wanted === undefined) return this;
    const filled = typeof wanted === 'string' ? fillIn(wanted, this.variables) : wanted;
    if (filled !== got) this.mismatches.push({ field, wanted: shown(filled ?? wanted), got: shown(got) });
    return this;
  }

  pattern(field: string, wanted: string | undefined, got: string | undefined): this {
    if (wanted === undefined) return this;
    const filled = fillIn(wanted, this.variables);
    if (filled === undefined || got === undefined || !compilePattern(filled).test(got)) {
      this.mismatches.push({ field, wanted: shown(filled ?? wanted), got: shown(got) });
    }
    return this;
  }

  /** One of several has to be what is wanted. */
  oneOf(field: string, wanted: string | undefined, got: readonly string[]): this {
    if (wanted === undefined) return this;
    const fits = got.some(
      (one) => new Fields(this.variables).pattern(field, wanted, one).mismatches.length === 0,
    );
    return fits ? this : this.pattern(field, wanted, got.length === 0 ? undefined : got.join(', '));
  }

  atLeast(field: string, wanted: number | undefined, got: number): this {
    if (wanted !== undefined && got < wanted) {
      this.mismatches.push({ field, wanted: `at least ${wanted}`, got: shown(got) });
    }
    return this;
  }

  atMost(field: string, wanted: number | undefined, got: number): this {
    if (wanted !== undefined && got > wanted) {
      this.mismatches.push({ field, wanted: `at most ${wanted}`, got: shown(got) });
    }
    return this;
  }

  list(field: string, wanted: readonly string[] | undefined, got: readonly string[]): this {
    if (wanted === undefined) return this;
    const filled = wanted.map((item) => fillIn(item, this.variables));
    if (filled.length !== got.length || filled.some((item, i) => item !== got[i])) {
      this.mismatches.push({
        field,
        wanted: listed(filled.map((item, i) => item ?? wanted[i] ?? '')),
        got: listed(got),
      });
    }
    return this;
  }
}

function compareDhcp(step: StepOf<'dhcp'>, event: DhcpEvent, fields: Fields): readonly Mismatch[] {
  const { message, direction } = event;
  fields.exact('dhcp', step.dhcp, event.messageType);
  if (step.to !== undefined)
    fields.exact('to', step.to, direction === 'to-client' ? event.stage : `server (from ${event.stage})`);
  if (step.from !== undefined)
    fields.exact('from', step.from, direction === 'from-client' ? event.stage : `server (to ${event.stage})`);
  const address =
    direction === 'to-client'
      ? message.yiaddr
      : message.ciaddr !== '0.0.0.0'
        ? message.ciaddr
        : addressOption(event, 50);
  return fields
    .pattern('file', step.file, bootFileOf(message))
    .exact('file-field', step['file-field'], fileName(message))
    .pattern('next-server', step['next-server'], message.siaddr)
    .pattern('address', step.address, address)
    .pattern('server', step.server, addressOption(event, 54))
    .exact('architecture', step.architecture, event.identity.architectures[0])
    .pattern('user-class', step['user-class'], event.identity.userClass?.classes.join(', '))
    .pattern('vendor-class', step['vendor-class'], event.identity.vendorClass?.text).mismatches;
}

function compareTftp(step: StepOf<'tftp'>, event: TftpEvent, fields: Fields): readonly Mismatch[] {
  return fields
    .pattern('tftp', step.tftp, event.file)
    .exact('outcome', step.outcome, event.outcome)
    .exact('from', step.from, event.stage)
    .pattern('server', step.server, event.server.ip)
    .exact('octets', step.octets, event.octets)
    .atMost('repeats-at-most', step['repeats-at-most'], event.retransmissions)
    .pattern('sha256', step.sha256, event.sha256).mismatches;
}

function compareHttp(step: StepOf<'http'>, event: HttpEvent, fields: Fields): readonly Mismatch[] {
  const [method = '', path = ''] = step.http.split(' ');
  const [gotPath = '', query = ''] = splitOnce(event.target, '?');
  fields
    .pattern('method', method, event.method)
    .pattern('path', path, gotPath)
    .exact('status', step.status, event.response?.status)
    .pattern('host', step.host, headerOf(event, 'host'))
    .pattern('server', step.server, event.server.ip)
    .pattern('target', step.target, event.target)
    .exact('from', step.from, event.stage)
    .pattern('body', step.body, event.response?.text)
    .pattern('sha256', step.sha256, event.response?.sha256);
  const parameters = decodeQuery(query);
  for (const [name, wanted] of Object.entries(step.query ?? {})) {
    const got = parameters.filter((parameter) => parameter.name === name).map((parameter) => parameter.value);
    if (typeof wanted === 'string' && got.length < 2) fields.exact(`query ${name}`, wanted, got[0]);
    else fields.list(`query ${name}`, typeof wanted === 'string' ? [wanted] : wanted, got);
  }
  return fields.list(
    'query-names',
    step['query-names'],
    parameters.map(({ name }) => name),
  ).mismatches;
}

function compareDns(step: StepOf<'dns'>, event: DnsEvent, fields: Fields): readonly Mismatch[] {
  const answers =
    event.answer === undefined
      ? []
      : event.answer.rcode === 'NOERROR'
        ? event.answer.records
        : [event.answer.rcode];
  return fields
    .pattern('dns', step.dns, event.name)
    .exact('type', step.type, event.type)
    .oneOf('answer', step.answer, answers).mismatches;
}

function compareIscsi(step: StepOf<'iscsi'>, event: IscsiEvent, fields: Fields): readonly Mismatch[] {
  const { login, work, failure } = event;
  const what = failure?.operation === undefined ? failure?.what : `${failure.operation}: ${failure.what}`;
  return fields
    .pattern('iscsi', step.iscsi, event.target ?? '')
    .exact('outcome', step.outcome, event.outcome)
    .pattern('status', step.status, login.status?.text)
    .pattern('initiator', step.initiator, event.initiator)
    .pattern('chap', step.chap, login.chapName)
    .pattern('moved-to', step['moved-to'], event.movedTo)
    .oneOf('lun', step.lun, work.luns)
    .atLeast('read-at-least', step['read-at-least'], work.octetsRead)
    .pattern('failure', step.failure, what ?? 'none')
    .exact('end', step.end, event.end)
    .pattern('server', step.server, event.server.ip)
    .exact('from', step.from, event.stage).mismatches;
}

function addressOption(event: DhcpEvent, code: number): string | undefined {
  const data = optionData(event.message, code);
  return data?.length === 4 ? ipv4FromBytes(data) : undefined;
}

function headerOf(event: HttpEvent, name: string): string | undefined {
  return event.headers.find(([header]) => header.toLowerCase() === name)?.[1];
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function shown(value: string | number | undefined): string {
  // On one line: what differs may be a line end.
  return value === undefined ? '(none)' : value === '' ? '(empty)' : String(value).replaceAll('\n', '\\n');
}

function listed(values: readonly string[]): string {
  return values.length === 0 ? '(none)' : values.map(shown).join(', ');
}
