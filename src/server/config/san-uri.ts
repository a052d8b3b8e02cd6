/**
 * What iPXE boots a disk from: ipxe.org/sanuri; RFC 4173 §5 for iSCSI (ISCSI-001, ISCSI-002). A field that is filled in
 * later (`${...}`, `{{...}}`) is taken for right.
 */

/** What is wrong with it, and what to do; undefined: nothing. */
export type UriProblem = { readonly message: string; readonly hint?: string };

const FILLED_IN = /\$\{[^}]*\}|\{\{[^{}]*\}\}/g;
/** Stands for what is filled in: a digit, and a letter of a name. */
const STAND_IN = '0';
const DISKS = ['iscsi', 'http', 'https', 'aoe', 'fcp', 'ib_srp'];

export function sanUriProblem(text: string): UriProblem | undefined {
  if (text.startsWith('${') || text.startsWith('{{')) return undefined;
  const uri = text.replace(FILLED_IN, STAND_IN);
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9_+.-]*):(.*)$/i.exec(uri) ?? [];
  switch (scheme.toLowerCase()) {
    case 'iscsi':
      return iscsiProblem(rest, text);
    case 'http':
    case 'https':
      return /^\/\/[^/]+\/./.test(rest) ? undefined : { message: `wanted http://server/file, got "${text}"` };
    case 'aoe':
      return /^e\d+\.\d+$/.test(rest) ? undefined : { message: `wanted aoe:e<shelf>.<slot>, got "${text}"` };
    case 'fcp':
      return /^([0-9a-f]{2}:){7}[0-9a-f]{2}(:[0-9a-f]+)?$/i.test(rest)
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

/** server : protocol : port : LUN : target, the server perhaps an IPv6 address in brackets; the target may have colons. */
function iscsiProblem(rest: string, text: string): UriProblem | undefined {
  const fields = /^(\[[^\]]*\]|[^:]*):([^:]*):([^:]*):([^:]*):(.*)$/.exec(rest);
  const form = 'iscsi:server:protocol:port:LUN:target, where all but server and target may be empty';
  if (fields === null) return { message: `wanted ${form}; got "${text}"` };
  const [, server = '', protocol = '', port = '', lun = '', target = ''] = fields;
  if (server === '' || server === '[]') return { message: `${form}: no server in "${text}"` };
  if (!/^\d*$/.test(protocol))
    return { message: `protocol: wanted a number (6 is TCP) or nothing, got "${protocol}"` };
  if (port !== '' && !(/^\d+$/.test(port) && Number(port) >= 0 && Number(port) <= 65_535)) {
    return { message: `port: wanted a number or nothing, got "${port}"` };
  }
  if (!/^([0-9a-f]{1,4}(-[0-9a-f]{1,4}){0,3})?$/i.test(lun)) {
    return { message: `LUN: wanted a hexadecimal number or nothing, got "${lun}"` };
  }
  return iscsiNameProblem(target, 'target');
}

/** RFC 3720 §3.2.6.3: iqn., eui., and naa. of RFC 3980. */
export function iscsiNameProblem(text: string, what: string): UriProblem | undefined {
  const name = text.replace(FILLED_IN, STAND_IN);
  if (name.startsWith(STAND_IN)) return undefined;
  if (/^(iqn\.[0-9a-z.-]+(:.*)?|eui\.[0-9a-f]{16}|naa\.([0-9a-f]{16}|[0-9a-f]{32}))$/i.test(name)) {
    return undefined;
  }
  return { message: `${what}: wanted a name like iqn.2007-08.com.example:disk, got "${text}"` };
}
