import type { IscsiEvent, Story } from '../story/event.ts';
import { type CaptureFacts, type Finding, framesOf, silence } from './finding.ts';

/** Targets that did not let the client in, or failed it later. */
export function iscsiFindings({ events }: Story, capture: CaptureFacts): readonly Finding[] {
  return events.flatMap((event) =>
    event.kind === 'iscsi' ? [...login(event, capture), ...commands(event)] : [],
  );
}

function login(event: IscsiEvent, capture: CaptureFacts): readonly Finding[] {
  const { server, movedTo } = event;
  const target = event.target ?? 'the target';
  const where = `${server.ip} port ${server.port}`;
  const frames = framesOf(event);
  switch (event.outcome) {
    case 'in-progress':
    case 'logged-in':
    case 'login-not-seen':
      return [];
    case 'refused':
      return [
        {
          id: 'iscsi.refused',
          weight: 'failure',
          says: `${where} refused the login to ${target}: ${event.login.status?.text ?? 'no status'}`,
          ...whyRefused(event),
          frames,
        },
      ];
    case 'redirected':
      return [
        {
          id: 'iscsi.redirected',
          weight: 'note',
          says: `${target} is elsewhere: ${movedTo ?? 'nowhere'}`,
          frames,
        },
      ];
    case 'unanswered':
      return [
        {
          id: 'iscsi.unanswered',
          says: `${where} did not answer the login to ${target}`,
          ...silence(event, capture, 'the target is down, or a firewall keeps the client away'),
          frames,
        },
      ];
    case 'broken-off':
      return [
        {
          id: 'iscsi.broken-off',
          says: `the login to ${target} was broken off`,
          ...silence(event, capture, 'one side has ended the connection'),
          frames,
        },
      ];
    case 'connection-refused':
      return [
        {
          id: 'iscsi.no-target',
          weight: 'failure',
          says: `nothing listens at ${where}, where ${target} is wanted`,
          because: 'the target is down, or its port is another one',
          frames,
        },
      ];
    default:
      return event.outcome satisfies never;
  }
}

/** RFC 7143 §11.13.5: class 2 is the initiator's fault, class 3 the target's. */
const INITIATOR_ERROR = 2;
const AUTHENTICATION_FAILED = 1;
const NOT_FOUND = 3;

function whyRefused({ login, initiator, target }: IscsiEvent): { readonly because?: string } {
  const { status, chapAsked, authOffered } = login;
  if (status?.class !== INITIATOR_ERROR) return {};
  if (status.detail === NOT_FOUND) {
    return {
      because: `the target has no such name, or does not show it to ${initiator ?? 'this initiator'}: ${target ?? ''}`,
    };
  }
  if (status.detail !== AUTHENTICATION_FAILED) return {};
  if (chapAsked) return { because: 'the name or the secret of CHAP is another one' };
  return {
    because: `the target wants CHAP and the client offered ${authOffered ?? 'nothing'}: it has no name and secret`,
  };
}

function commands(event: IscsiEvent): readonly Finding[] {
  const { failure, target } = event;
  if (failure === undefined) return [];
  const lun = failure.lun === undefined ? '' : ` of LUN ${failure.lun}`;
  return [
    {
      id: 'iscsi.command-failed',
      weight: 'failure',
      says: `${target ?? 'the target'}: ${failure.operation ?? 'a command'}${lun} failed: ${failure.what}`,
      because: 'there may be no such LUN',
      frames: [failure.frame],
    },
  ];
}
