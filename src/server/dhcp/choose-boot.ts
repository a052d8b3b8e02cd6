import type { MacAddress } from '../../wire/address.ts';
import type { ClientIdentity } from '../../wire/dhcp/client-identity.ts';
import { architectureName } from '../../wire/dhcp/opt-client-architecture.ts';
import { fileFor } from './architecture.ts';
import type { BootConfig } from './boot-config.ts';
import { isUrl } from './boot-name.ts';
import { missingFeatures } from './ipxe-features.ts';

/** Which program of the client asks: `limited-ipxe` is an iPXE that cannot do what its script needs. */
export type BootStage = 'firmware' | 'raspberry-pi' | 'ipxe' | 'limited-ipxe';

export type BootChoice = { readonly stage: BootStage; readonly because: string } & (
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'none' }
);

/**
 * What a client is to load next. iPXE, known by its user class (in both encodings) or by option 175, gets its script and
 * nothing else; firmware gets the file of the first architecture it lists that there is one for. An architecture nobody
 * configured gets nothing rather than another platform's program (RFC 4578 §5, clauses PXE-008). Option 60 says no more than
 * whether a URL is wanted: iPXE calls itself PXEClient too.
 *
 * `cameBack`: this client is a limited iPXE that was sent a whole one before, and here it is again.
 */
export function chooseBoot(client: ClientIdentity, boot: BootConfig, cameBack = false): BootChoice {
  if (client.isIpxe) return chooseForIpxe(client, boot, cameBack);
  if (isRaspberryPi(client)) {
    const because = `a Raspberry Pi, by its hardware address ${client.mac}`;
    return boot.raspberryPi === undefined
      ? { kind: 'none', stage: 'raspberry-pi', because: `${because}, and nothing is configured for those` }
      : { kind: 'file', stage: 'raspberry-pi', name: boot.raspberryPi, because };
  }
  return chooseForFirmware(client, boot);
}

function chooseForIpxe(client: ClientIdentity, boot: BootConfig, cameBack: boolean): BootChoice {
  const because = `iPXE by ${client.ipxeEvidence}`;
  if (boot.ipxe === undefined) {
    return { kind: 'none', stage: 'ipxe', because: `${because}, and nothing is configured for iPXE` };
  }
  const missing = missingFeatures(client, boot.ipxe, boot.ipxeNeeds);
  if (missing.length === 0 || boot.limitedIpxe === 'script') {
    return { kind: 'file', stage: 'ipxe', name: boot.ipxe, because };
  }
  const limited = `${because}, but without ${missing.join(', ')}`;
  if (boot.limitedIpxe === 'nothing') return { kind: 'none', stage: 'limited-ipxe', because: limited };
  // It would be sent the same program for ever.
  if (cameBack) {
    return {
      kind: 'none',
      stage: 'limited-ipxe',
      because: `${limited}; it was sent another iPXE already, which did not start or lacks the same`,
    };
  }
  const choice = chooseForFirmware(client, boot);
  return { ...choice, stage: 'limited-ipxe', because: `${limited}; ${choice.because}` };
}

function chooseForFirmware(client: ClientIdentity, boot: BootConfig): BootChoice {
  const stage = 'firmware';
  const wantsUrl = client.vendorClassKind === 'HTTPClient';
  if (boot.anyArchitecture !== undefined && isUrl(boot.anyArchitecture) === wantsUrl) {
    return { kind: 'file', stage, name: boot.anyArchitecture, because: 'a file for this client' };
  }
  if (client.architectures.length === 0) {
    return boot.withoutArchitecture === undefined || wantsUrl
      ? { kind: 'none', stage, because: 'no architecture' }
      : { kind: 'file', stage, name: boot.withoutArchitecture, because: 'no architecture' };
  }
  for (const code of client.architectures) {
    const name = fileFor(code, boot.files);
    if (name === undefined || isUrl(name) !== wantsUrl) continue;
    const because = `architecture ${code}${inWords(code)} by ${client.architecturesFrom}`;
    return { kind: 'file', stage, name, because };
  }
  return { kind: 'none', stage, because: `no file for architecture ${client.architectures.join(', ')}` };
}

function inWords(code: number): string {
  const name = architectureName(code);
  return name === undefined ? '' : ` (${name})`;
}

/** Of Raspberry Pi Ltd and of the Foundation before it (IEEE's registry). */
const RASPBERRY_PI: ReadonlySet<string> = new Set([
  '28:cd:c1',
  '2c:cf:67',
  '88:a2:9e',
  'b8:27:eb',
  'd8:3a:dd',
  'dc:a6:32',
  'e4:5f:01',
]);
const OUI_TEXT = 'xx:xx:xx'.length;
const X86_BIOS = 0;

/**
 * A Pi's own firmware says in DHCPv4 that it is an x86 BIOS; only its hardware address tells. (UEFI on a Pi says 11, which is
 * right.)
 */
function isRaspberryPi({ mac, architectures }: ClientIdentity): boolean {
  return mac !== undefined && architectures[0] === X86_BIOS && RASPBERRY_PI.has(ouiOf(mac));
}

function ouiOf(mac: MacAddress): string {
  return mac.slice(0, OUI_TEXT).toLowerCase();
}
