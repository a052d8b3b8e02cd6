import type { IscsiEvent } from '../story/event.ts';
import { counted, octets } from './octets.ts';

/** What a rung says of an iSCSI session: the disk, how the login went, what was done with it, and how it ended. */
export function iscsiText(event: IscsiEvent): string {
  return [loginText(event), ...authentication(event), ...work(event), ...ending(event)].join(', ');
}

function loginText(event: IscsiEvent): string {
  const { outcome, target, initiator, login, server, sessionType } = event;
  if (login.requests === 0) return `port ${server.port}: ${WITHOUT_LOGIN[outcome] ?? outcome}`;
  const wanted = target ?? (sessionType === 'Discovery' ? 'discovery' : 'no target');
  const who = initiator === undefined ? '' : ` as ${initiator}`;
  return `${wanted}${who}: ${outcomeText(event)}`;
}

const WITHOUT_LOGIN: Readonly<Partial<Record<IscsiEvent['outcome'], string>>> = {
  'connection-refused': 'connection refused, no target listens there',
  unanswered: 'nobody answered the connection',
  'broken-off': 'connection ended before a login',
  'login-not-seen': 'login not in the capture',
};

function outcomeText({ outcome, login, movedTo }: IscsiEvent): string {
  const status =
    login.status === undefined ? '' : `${login.status.text} (${login.status.class}/${login.status.detail})`;
  switch (outcome) {
    case 'logged-in':
      return 'logged in';
    case 'refused':
      return `login refused: ${status}`;
    case 'redirected':
      return `${status}${movedTo === undefined ? '' : ` to ${movedTo}`}`;
    case 'unanswered':
      return 'login never answered';
    case 'broken-off':
      return `login broken off in stage ${login.stages.at(-1) ?? 'security'}`;
    case 'in-progress':
      return 'login going on';
    case 'connection-refused':
      return 'connection refused';
    case 'login-not-seen':
      return 'login not in the capture';
    default:
      return outcome satisfies never;
  }
}

/** Class 2: not authenticated, and authenticated but not allowed (RFC 7143 §11.13.5). */
const WHO_ARE_YOU: readonly number[] = [1, 2];

function authentication({ login }: IscsiEvent): readonly string[] {
  const { chapAsked, chapName, authOffered, authChosen, status } = login;
  if (chapName !== undefined) return [`CHAP as ${chapName}`];
  if (chapAsked) return ['CHAP asked, never answered'];
  if (authOffered === undefined || status?.class !== 2 || !WHO_ARE_YOU.includes(status.detail)) return [];
  // RFC 7143 §6.2.1: Reject, where nothing that was offered will do.
  const answer = authChosen === undefined ? '' : `, answer ${authChosen}`;
  return [`authentication offered: ${authOffered}${answer}`];
}

function work({ work: done, failure }: IscsiEvent): readonly string[] {
  const parts: string[] = [];
  if (done.luns.length > 0) parts.push(`LUN ${done.luns.join(' ')}`);
  if (done.commands > 0) parts.push(counted(done.commands, 'command'));
  if (done.reads > 0) parts.push(`${counted(done.reads, 'read')} of ${octets(done.octetsRead)}`);
  if (done.writes > 0) parts.push(`${counted(done.writes, 'write')} of ${octets(done.octetsWritten)}`);
  if (failure !== undefined) {
    const lun = failure.lun === undefined || done.luns.length < 2 ? '' : ` of LUN ${failure.lun}`;
    const command = failure.operation === undefined ? '' : `${failure.operation}${lun}: `;
    parts.push(`${command}${failure.what} (#${failure.frame})`);
  }
  return parts;
}

const END: Readonly<Record<IscsiEvent['end'], string | undefined>> = {
  open: undefined,
  'logout-asked': 'logout never answered',
  logout: 'logout',
  'closed-by-client': 'closed by the client without logout',
  'closed-by-target': 'closed by the target without logout',
  'reset-by-client': 'reset by the client',
  'reset-by-target': 'reset by the target',
};

function ending({ outcome, end, notice, skipped }: IscsiEvent): readonly string[] {
  const parts: string[] = [];
  if (notice !== undefined) parts.push(notice);
  // Where there was no session its end is no news.
  const had = outcome === 'logged-in' || outcome === 'login-not-seen' || outcome === 'broken-off';
  const ended = had ? END[end] : undefined;
  if (ended !== undefined) parts.push(ended);
  if (skipped > 0) parts.push(`${octets(skipped)} not told apart`);
  return parts;
}
