import type { ServerEvent } from '../event.ts';
import type { LogRecord } from './log-record.ts';
import { Counter, type Family, Histogram } from './metric.ts';
import { reasonClass } from './reason-class.ts';

/** A lookup, a loader, a kernel, an installer's image. */
const TRANSFER_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const REQUEST_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120];
const BOOT_SECONDS = [1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600];

/** Counts what happens, for /metrics. No label has what tells one client from another. */
export class Tally {
  readonly #dhcp = new Counter(
    'pxebench_dhcp_messages_total',
    'DHCP messages from clients, by what they were answered.',
    ['message', 'program', 'answer'],
  );
  readonly #reasons = new Counter(
    'pxebench_dhcp_answers_total',
    'Answers to DHCP clients, and silence, by the class of the reason.',
    ['answer', 'reason'],
  );
  readonly #tftp = new Counter(
    'pxebench_tftp_transfers_total',
    'TFTP requests and how they ended; started is each that was served.',
    ['outcome'],
  );
  readonly #tftpOctets = new Counter(
    'pxebench_tftp_octets_total',
    'Octets of files that TFTP clients have acknowledged.',
  );
  readonly #tftpSeconds = new Histogram(
    'pxebench_tftp_transfer_duration_seconds',
    'Time that complete TFTP transfers took.',
    TRANSFER_SECONDS,
  );
  readonly #http = new Counter('pxebench_http_requests_total', 'HTTP requests by class of status.', [
    'status',
  ]);
  readonly #httpOctets = new Counter('pxebench_http_octets_total', 'Octets of HTTP bodies sent.');
  readonly #httpSeconds = new Histogram(
    'pxebench_http_request_duration_seconds',
    'Time from an HTTP request to the last octet of its answer.',
    REQUEST_SECONDS,
  );
  readonly #orders = new Counter(
    'pxebench_orders_total',
    'Orders given, by kind and by the rule that matched.',
    ['order', 'rule'],
  );
  readonly #dns = new Counter('pxebench_dns_answers_total', 'DNS answers.', ['answer']);
  readonly #bad = new Counter(
    'pxebench_bad_input_total',
    'Datagrams and connections that held no message of the protocol.',
    ['protocol'],
  );
  readonly #begun = new Counter('pxebench_boots_started_total', 'Boots begun.');
  readonly #ended = new Counter(
    'pxebench_boots_ended_total',
    'Boots that ended: done, failed, or stopped without a word; by the stage they had reached.',
    ['outcome', 'stage'],
  );
  readonly #bootSeconds = new Histogram(
    'pxebench_boot_duration_seconds',
    "Time from a boot's first message to the last that was heard of it, of boots that are done.",
    BOOT_SECONDS,
  );
  readonly #loops = new Counter('pxebench_boot_loops_total', 'Boots found to go round in a loop.');
  readonly #comebacks = new Counter(
    'pxebench_boot_comebacks_total',
    'Times that DHCP noticed a client that comes back for the same boot file again and again.',
  );
  readonly #searches = new Counter(
    'pxebench_pxelinux_searches_total',
    'Searches of pxelinux for its configuration: hit, or missed under every name.',
    ['outcome'],
  );
  readonly #reloads = new Counter(
    'pxebench_config_reloads_total',
    'Configurations read while running: done, or refused.',
    ['outcome'],
  );

  constructor() {
    // A rate of what has never happened is 0, not nothing.
    for (const outcome of ['done', 'refused']) this.#reloads.add([outcome], 0);
    for (const protocol of ['DHCP', 'TFTP', 'HTTP', 'DNS']) this.#bad.add([protocol], 0);
  }

  /** Every event, those too that the log leaves out. */
  event(event: ServerEvent): void {
    switch (event.stage) {
      case 'dhcp':
        this.#dhcp.add([event.asked ?? 'unknown', event.program ?? 'unnamed', event.did]);
        this.#reasons.add([event.did, reasonClass(event.because)]);
        break;
      case 'tftp':
        this.#tftp.add([event.did]);
        if (event.did !== 'started') this.#tftpOctets.add([], event.octets ?? 0);
        break;
      case 'http':
        this.#http.add([`${Math.floor(event.status / 100)}xx`]);
        this.#httpOctets.add([], event.octets);
        if (event.seconds !== undefined) this.#httpSeconds.observe(event.seconds);
        break;
      case 'orders':
        // `rule 3, orders.yaml:12`: a rule is the same wherever it stands.
        this.#orders.add([event.did, event.because.replace(/, .*$/s, '')]);
        break;
      case 'dns':
        this.#dns.add([/: ([A-Z]+)$/.exec(event.did)?.[1]?.toLowerCase() ?? 'address']);
        break;
      case 'boot-loop':
        this.#comebacks.add([]);
        break;
      case 'bad-input':
        this.#bad.add([event.protocol]);
        break;
      case 'server':
        if (event.reload !== undefined) this.#reloads.add([event.reload]);
        break;
      default:
        event satisfies never;
    }
  }

  /** What is known only when events are put together to boots. */
  record({ stage, did, more }: LogRecord): void {
    if (stage === 'pxelinux') this.#searches.add([did]);
    else if (stage === 'tftp' && did === 'complete' && typeof more?.seconds === 'number')
      this.#tftpSeconds.observe(more.seconds);
    else if (stage === 'boot' && did === 'begun') this.#begun.add([]);
    else if (stage === 'boot' && did === 'loop') this.#loops.add([]);
    else if (stage === 'boot') {
      this.#ended.add([did, String(more?.rung)]);
      if (did === 'done' && typeof more?.seconds === 'number') this.#bootSeconds.observe(more.seconds);
    }
  }

  families(): readonly Family[] {
    const counted = [
      this.#dhcp,
      this.#reasons,
      this.#tftp,
      this.#tftpOctets,
      this.#tftpSeconds,
      this.#http,
      this.#httpOctets,
      this.#httpSeconds,
      this.#orders,
      this.#dns,
      this.#bad,
      this.#begun,
      this.#ended,
      this.#bootSeconds,
      this.#loops,
      this.#comebacks,
      this.#searches,
      this.#reloads,
    ];
    return counted.map((one) => one.family());
  }
}
