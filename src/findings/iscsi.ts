import type { IscsiEvent, Story } from '../story/event.ts';
import { type CaptureFacts, type Finding, framesOf, silence } from './finding.ts';

type Said = Omit<Finding, 'frames'> & { readonly frames?: readonly number[] };

/** What became of a disk that was to be booted from. */
export function iscsiFindings(story: Story, capture: CaptureFacts): readonly Finding[] {
  return story.events
    .filter((event) => event.kind === 'iscsi')
    .flatMap((event) => {
      const said = [loginFinding(event, capture), commandFinding(event)].filter((one) => one !== undefined);
      return said.map((one) => ({ ...one, frames: one.frames ?? framesOf(event) }));
    });
}

function loginFinding(event: IscsiEvent, capture: CaptureFacts): Said | undefined {
  const { outcome, server, login, movedTo } = event;
  const where = `${server.ip} port ${server.port}`;
  const target = event.target ?? 'a target';
  const answer = login.status === undefined ? {} : { frames: [login.status.frame] };
  switch (outcome) {
    case 'connection-refused':
      return {
        id: 'iscsi.no-target',
        weight: 'failure',
        says: `no iSCSI target listens at ${where}: the connection was refused`,
        because: 'the target does not run, or listens elsewhere than the root path (option 17) says',
      };
    case 'unanswered':
      return {
        id: 'iscsi.unanswered',
        ...silence(event, capture, 'the target is down, or a firewall is between'),
        says:
          login.requests === 0 ? `nobody answers at ${where}` : `the login at ${where} was never answered`,
      };
    case 'broken-off':
      return {
        id: 'iscsi.broken-off',
        weight: 'warning',
        says: `the login to ${target} ended half way`,
      };
    case 'redirected':
      return {
        id: 'iscsi.redirected',
        weight: 'note',
        says: `${target} is elsewhere: ${login.status?.text ?? 'moved'} to ${movedTo ?? 'no address'}`,
        ...answer,
      };
    case 'refused':
      return {
        id: 'iscsi.refused',
        weight: 'failure',
        says: `the login to ${target} was refused: ${login.status?.text ?? 'without a status'}`,
        ...whyRefused(event),
        ...answer,
      };
    case 'logged-in':
    case 'login-not-seen':
    case 'in-progress':
      return undefined;
    default:
      return outcome satisfies never;
  }
}

/** Status-Class and Status-Detail of RFC 7143 §11.13.5 that have one likely cause. */
const NOT_AUTHENTICATED = 0x0201;
const NOT_AUTHORIZED = 0x0202;
const NOT_FOUND = 0x0203;
const MISSING_PARAMETER = 0x0207;

function whyRefused({ login, initiator, server }: IscsiEvent): Pick<Finding, 'because' | 'remedy'> {
  // What the client did not say may be in what the capture lacks.
  const isWhole = login.missing === 0;
  const status = login.status === undefined ? 0 : login.status.class * 0x100 + login.status.detail;
  switch (status) {
    case NOT_AUTHENTICATED:
      if (!isWhole) return {};
      return login.chapName === undefined
        ? {
            because: `the target wants CHAP, and the client offered ${login.authOffered ?? 'nothing'}`,
            remedy:
              'a name and secret: username and password in iPXE, or sub-options 190 and 191 of option 175',
          }
        : { because: `the secret, or the name ${login.chapName}, is not the one that the target has` };
    case NOT_AUTHORIZED:
      return {
        because: `the target does not admit ${initiator ?? (isWhole ? 'an initiator without a name' : 'this initiator')}`,
      };
    case NOT_FOUND:
      return {
        because: `the target at ${server.ip} has no such name, or does not show it to ${initiator ?? 'this client'}`,
        remedy: "the root path (option 17) and the target's list of names and initiators have to agree",
      };
    case MISSING_PARAMETER:
      return initiator === undefined && isWhole
        ? {
            because: 'the client has no initiator name',
            remedy: 'set initiator-iqn in the script, or DHCP option 203',
          }
        : {};
    default:
      return {};
  }
}

function commandFinding({ failure, work, target }: IscsiEvent): Said | undefined {
  if (failure === undefined) return undefined;
  const of = failure.lun === undefined ? '' : ` of LUN ${failure.lun}`;
  return {
    id: 'iscsi.command-failed',
    // A disk that is read from goes on in spite of a command that it does not know.
    weight: work.octetsRead === 0 ? 'failure' : 'warning',
    says: `${target ?? 'the target'}: ${failure.operation ?? 'a command'}${of} failed: ${failure.what}`,
    ...(failure.what.includes('logical unit not supported')
      ? {
          because: 'the target has no such LUN',
          remedy:
            'another LUN in the root path (tgt, for one, has its own controller as LUN 0 and disks from 1 on)',
        }
      : {}),
    frames: [failure.frame],
  };
}
