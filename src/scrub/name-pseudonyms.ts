import { Allotment } from './allotment.ts';
import type { Keyed } from './keyed.ts';
import type { Known } from './known.ts';

/** Labels that say nothing about whose they are. */
const KEPT_LABELS: ReadonlySet<string> = new Set([
  'arpa',
  'home',
  'in-addr',
  'internal',
  'invalid',
  'ip6',
  'lan',
  'local',
  'localdomain',
  'localhost',
  'localhost4',
  'localhost6',
  'test',
  'www',
]);
/** RFC 2606. */
const DOCUMENTATION = /(^|\.)(example|example\.(com|net|org)|test|invalid|localhost)$/i;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const PREFIX = 'host';

/**
 * Host and domain names, label by label, each as long as it was: DNS's compressed names stay right, fixed fields stay
 * full, and the octets of a TCP stream stay where they are. Every label has a digit, so that no name can be a real one:
 * no top-level domain has one in it.
 */
export class NamePseudonyms {
  readonly #keyed: Keyed;
  readonly #labels: Allotment;

  constructor(keyed: Keyed, known: Known) {
    this.#keyed = keyed;
    this.#labels = new Allotment('label', (label) => known.labels.has(label));
  }

  get given(): ReadonlyMap<string, string> {
    return this.#labels.given;
  }

  /** Dotted, with or without the last dot. */
  name(name: string): string {
    if (isKeptName(name)) return name;
    return name
      .split('.')
      .map((label) => this.label(label))
      .join('.');
  }

  label(label: string): string {
    if (isKeptLabel(label)) return label;
    const pseudonym = this.#labels.of(label.toLowerCase(), (attempt) => this.#candidate(label, attempt));
    return label === label.toUpperCase() ? pseudonym.toUpperCase() : pseudonym;
  }

  #candidate(label: string, attempt: number): string {
    const random = this.#keyed.digest('label', `${label.toLowerCase()} ${attempt}`);
    const draw = (from: string, at: number): string =>
      from[(random[at % random.length] as number) % from.length] as string;
    const start = label.length > PREFIX.length + 2 ? PREFIX : draw(LETTERS, 0);
    let made = start + draw(DIGITS, 1);
    for (let at = 2; made.length < label.length; at++) made += draw(LETTERS + DIGITS, at);
    return made;
  }
}

/** Documentation names, service labels (`_http`), and single characters, which have no pseudonyms to speak of. */
export function isKeptLabel(label: string): boolean {
  return label.length < 2 || label.startsWith('_') || KEPT_LABELS.has(label.toLowerCase());
}

export function isKeptName(name: string): boolean {
  return DOCUMENTATION.test(name.replace(/\.$/, ''));
}
