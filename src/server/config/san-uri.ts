/**
 * What iPXE boots a disk from: ipxe.org/sanuri; RFC 4173 §5 for iSCSI (ISCSI-001, ISCSI-002). A field that is filled in
 * later (`${...}`, `{{...}}`) is taken for right.
 */
import { parseIscsiRootPath } from '../../wire/iscsi-root-path.ts';

/** What is wrong with it, and what to do; undefined: nothing. */
export type UriProblem = { readonly message: string; readonly hint?: string };

const FILLED_IN = /\$\{[^}]*\}|\{\{[^{}]*\}\}/g;
/** Stands for what is filled in. */
const GAP = '\u0001';
const DISKS = ['iscsi', 'http', 'https', 'aoe', 'fcp', 'ib_srp'];

export function sanUriProblem(text: string): UriProblem | undefined {
  const uri = text.replaceAll(FILLED_IN, GAP);
  if (uri.startsWith(GAP)) return undefined;
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9_+.-]*):(.*)$/i.exec(uri) ?? [];
  switch (scheme.toLowerCase()) {
    case 'iscsi':
      return iscsiProblem(uri);
    case 'http':
    case 'https':
      return /^\/\/[^/]+\/./.test(rest) ? undefined : { message: `wanted http://server/file, got "${text}"` };
    case 'aoe':
      return /^e\d+\.\d+$/.test(rest.replaceAll(GAP, '0'))
        ? undefined
        : { message: `wanted aoe:e<shelf>.<slot>, got "${text}"` };
    case 'fcp':
      return rest.includes(GAP) || /^([0-9a-f]{2}:){7}[0-9a-f]{2}(:[0-9a-f]+)?$/i.test(rest)
        ? undefined
        : { message: `wanted fcp:<8 octets of the port's name>:<LUN>, got "${text}"` };
    case 'ib_srp':
      return undefined;
    case 'fcoe':
      return { message: `iPXE knows no "fcoe:"`, hint: 'a disk behind FCoE is fcp:50:00:...:LUN' };
    default:
      return {
        message: `wanted a disk's URI, got "${text}"`,
        hint: `it begins with ${DISKS.map((name) => `${name}:`).join(', ')}; e.g. iscsi:san.example.com::::iqn.2007-08.com.example:disk`,
      };
  }
}

/** What is filled in is taken for the most usual: 6 for a number or a server, iqn. where the target begins. */
function iscsiProblem(uri: string): UriProblem | undefined {
  const [, before = uri, target = ''] = /^((?:\[[^\]]*\]|[^:])*(?::[^:]*){4}:)(.*)$/.exec(uri) ?? [];
  const usual =
    before.replaceAll(GAP, '6') + target.replace(new RegExp(`^${GAP}`), 'iqn.').replaceAll(GAP, '6');
  const read = parseIscsiRootPath(usual);
  return typeof read === 'string' ? { message: read } : undefined;
}

/** RFC 3720 §3.2.6.3: iqn., eui., and naa. of RFC 3980. */
export function iscsiNameProblem(text: string, what: string): UriProblem | undefined {
  const name = text.replaceAll(FILLED_IN, GAP);
  if (name.startsWith(GAP)) return undefined;
  if (
    /^(iqn\.[0-9a-z.-]+(:.*)?|eui\.[0-9a-f]{16}|naa\.([0-9a-f]{16}|[0-9a-f]{32}))$/i.test(
      name.replaceAll(GAP, '0'),
    )
  ) {
    return undefined;
  }
  return { message: `${what}: wanted a name like iqn.2007-08.com.example:disk, got "${text}"` };
}
