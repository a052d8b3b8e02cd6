import type { ClientIdentity } from '../../wire/dhcp/client-identity.ts';

/** Features by the scheme of what is to be loaded; a name without a scheme is loaded by TFTP. */
const BY_SCHEME: ReadonlyMap<string, string> = new Map([
  ['http', 'http'],
  ['https', 'https'],
  ['tftp', 'tftp'],
  ['ftp', 'ftp'],
  ['nfs', 'nfs'],
  ['iscsi', 'iscsi'],
  ['aoe', 'aoe'],
  ['fcp', 'fcoe'],
  ['ib_srp', 'srp'],
]);

/** What iPXE needs to load a boot file: `http` for http://..., nothing that is known for a scheme of its own. */
function featureFor(name: string): string | undefined {
  const scheme = /^([a-z][a-z0-9+_-]*):/i.exec(name)?.[1];
  return scheme === undefined ? 'tftp' : BY_SCHEME.get(scheme.toLowerCase());
}

/**
 * Features that an iPXE says it does not have (option 175), of those that the boot file and its script need. One that lists no
 * feature at all, or sends no option 175, is taken for a whole one: nothing is known then.
 */
export function missingFeatures(
  { ipxe }: ClientIdentity,
  bootFile: string,
  alsoNeeded: readonly string[],
): readonly string[] {
  if (ipxe === undefined || ipxe.features.length === 0) return [];
  const needed = [...new Set([featureFor(bootFile), ...alsoNeeded])];
  return needed.filter((feature) => feature !== undefined && !ipxe.features.includes(feature)) as string[];
}
