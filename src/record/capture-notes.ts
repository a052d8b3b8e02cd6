import { Document, isScalar, visit } from 'yaml';
import type { Finding } from '../findings/finding.ts';
import { bootFileOf } from '../story/boot-file.ts';
import { STAGE_NAME, type Story } from '../story/event.ts';

/** What stands beside a capture: where it is from, and what is worth knowing (captures/README.md). */
export type CaptureNotes = {
  readonly source: Readonly<Record<string, string>>;
  readonly licence: string;
  readonly client: string;
  readonly holds: string;
  readonly notable: readonly string[];
  readonly frames: number;
};

export function notesText(notes: CaptureNotes): string {
  const document = new Document(notes);
  visit(document, {
    Scalar: (_key, scalar) => {
      if (typeof scalar.value === 'string' && scalar.value.length > 100) scalar.type = 'BLOCK_FOLDED';
    },
    Seq: (_key, list) => {
      list.flow = list.items.every((item) => isScalar(item) && typeof item.value === 'number');
    },
  });
  return document.toString({ lineWidth: 118, indentSeq: false });
}

/** What happens in it, in one sentence: `DHCP as firmware (ipxe.efi), TFTP ipxe.efi, DHCP as iPXE, GET /boot1.txt.` */
export function holdsOf({ events }: Story): string {
  const phrases: { readonly text: string; count: number; readonly first: number; last: number }[] = [];
  for (const event of events) {
    const [first] = event.frames;
    const last = event.frames.at(-1);
    if (first === undefined || last === undefined) continue;
    const text = phraseOf(event);
    // A name is asked for before each request: once is enough.
    if (text === undefined || (event.kind === 'dns' && phrases.some((phrase) => phrase.text === text)))
      continue;
    const before = phrases.at(-1);
    if (before?.text === text) {
      before.count++;
      before.last = last;
    } else phrases.push({ text, count: 1, first, last });
  }
  const said = phrases.map(({ text, count, first, last }) => {
    const frames = first === last ? `frame ${first}` : `frames ${first} to ${last}`;
    return `${text}${count > 1 && REPEATED.test(text) ? ` x${count}` : ''} (${frames})`;
  });
  return `${said.join(', ')}.`;
}

/** Of the others, several are one thing. */
const REPEATED = /^(TFTP|GET|HEAD|POST|iSCSI)/;

function phraseOf(event: Story['events'][number]): string | undefined {
  switch (event.kind) {
    case 'dhcp': {
      if (event.direction === 'to-client') {
        const file = event.messageType === 'ack' ? bootFileOf(event.message) : undefined;
        return file === undefined ? `DHCP as ${STAGE_NAME[event.stage]}` : `told ${file}`;
      }
      return `DHCP as ${STAGE_NAME[event.stage]}`;
    }
    case 'tftp':
      if (event.file.includes('pxelinux.cfg/')) return "pxelinux's search";
      return `TFTP ${event.file}${event.outcome === 'complete' ? '' : ` (${event.outcome})`}`;
    case 'http': {
      const [path = ''] = event.target.split('?', 1);
      return path.includes('pxelinux.cfg/') ? "pxelinux's search" : `${event.method} ${path}`;
    }
    case 'dns':
      return `DNS ${event.name}`;
    case 'iscsi':
      return `iSCSI ${event.outcome}`;
    default:
      return undefined;
  }
}

/** What explain points at, each with its frames. Never empty: that nothing is odd is worth knowing, too. */
export function notableOf(findings: readonly Finding[]): readonly string[] {
  const said = findings.map(({ says, because, frames }) => {
    const last = frames.at(-1);
    const where =
      frames.length < 2 || frames[0] === last ? `frame ${frames[0]}` : `frames ${frames[0]} to ${last}`;
    return `${says}${because === undefined ? '' : `, because ${because}`} (${where})`;
  });
  return said.length > 0 ? said : ['nothing that explain would point at'];
}
