/**
 * Where a disk is, as option 17 (root path) and iPXE's `sanboot` say it: RFC 4173 §5.
 *
 *   iscsi:<servername>:<protocol>:<port>:<LUN>:<targetname>
 *
 * Empty protocol, port and LUN are 6 (TCP), 3260 and 0. An IPv6 server stands in brackets; the target's name may hold colons.
 */
export type IscsiRootPath = {
  readonly server: string;
  readonly port: number;
  /** As it stands, in hex. */
  readonly lun: string;
  readonly target: string;
};

const DEFAULT_PORT = 3260;
const FORM =
  /^iscsi:(?<server>\[[0-9a-f:.]+\]|[^:\s]+):(?<protocol>[^:]*):(?<port>[^:]*):(?<lun>[^:]*):(?<target>\S+)$/i;
const LUN = /^[0-9a-f]{0,4}(-[0-9a-f]{1,4}){0,3}$/i;
/** RFC 3720 §3.2.6.3; RFC 3980 (naa). */
const TARGET = /^(iqn|eui|naa)\./;

/** The path, or what was wanted and what stands there. */
export function parseIscsiRootPath(text: string): IscsiRootPath | string {
  const found = FORM.exec(text)?.groups;
  if (found === undefined) {
    return `wanted iscsi:SERVER:PROTOCOL:PORT:LUN:TARGET with all five colons, got "${text}"`;
  }
  const { server = '', protocol = '', port = '', lun = '', target = '' } = found;
  if (protocol !== '' && protocol !== '6') return `wanted protocol 6 (TCP) or none, got "${protocol}"`;
  const number = port === '' ? DEFAULT_PORT : Number(port);
  if (!/^\d*$/.test(port) || number < 1 || number > 65_535) {
    return `wanted a port from 1 to 65535 or none, got "${port}"`;
  }
  if (!LUN.test(lun)) return `wanted a LUN in hex, like 0 or 4752-3A4F-6b7e-2F99, got "${lun}"`;
  if (!TARGET.test(target)) {
    return `wanted a target's name that begins with iqn., eui. or naa., got "${target}"`;
  }
  return { server, port: number, lun: lun === '' ? '0' : lun, target };
}
