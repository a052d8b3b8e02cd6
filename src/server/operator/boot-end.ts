import { type Boot, rungAt } from './boot.ts';
import type { BootsSpec } from './boots.ts';

/** Boot files that are iPXE, after which iPXE's own DHCP has to come. */
const IPXE_FILE = /ipxe|undionly|snponly/i;

/** What a boot was of which nothing more is heard. Says only what this server can know. */
export function endOf(
  boot: Boot,
  spec: Pick<BootsSpec, 'servesLoader' | 'servesScripts'>,
): { readonly outcome: 'done' | 'failed' | 'stopped'; readonly reason: string } {
  if (boot.failure !== undefined) return { outcome: 'failed', reason: boot.failure.reason };
  // Whoever has its orders may go on elsewhere: that is what orders are for.
  if (rungAt(boot.rung) >= rungAt('boot2')) return { outcome: 'done', reason: '' };
  const stopped = (reason: string) => ({ outcome: 'stopped', reason }) as const;
  switch (boot.rung) {
    case 'dhcp':
      if (boot.offer !== undefined) return stopped('it was made an offer, and did not ask for it');
      if (boot.file === undefined) return stopped('it has an address, and nothing to boot');
      return spec.servesLoader
        ? stopped(`it was sent to ${boot.file}, and never asked for that`)
        : { outcome: 'done', reason: '' };
    case 'loader':
      if (boot.loaded === undefined) return stopped(`it never got all of ${boot.file ?? 'its boot file'}`);
      return IPXE_FILE.test(boot.loaded)
        ? stopped(`it loaded ${boot.loaded}, and nothing came after that`)
        : { outcome: 'done', reason: '' };
    case 'ipxe':
      if (boot.file === undefined) return stopped('iPXE has an address, and no script to go on with');
      return spec.servesScripts
        ? stopped(`iPXE was sent to ${boot.file}, and never asked for that`)
        : { outcome: 'done', reason: '' };
    default:
      return stopped('it read its script, and nothing came after that');
  }
}
