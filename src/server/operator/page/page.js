/**
 * Follows the server by server-sent events: one snapshot, then updates. What clients say of themselves reaches the page as text
 * only (textContent); there is no other way in, and the Content-Security-Policy would not let it do anything.
 */
/** @typedef {import('../status-document.ts').StatusDocument} Status */
/** @typedef {import('../status-document.ts').ClientStatus} Client */

const RUNGS = ['dhcp', 'loader', 'ipxe', 'boot1', 'boot2', 'orders'];
/** More rows than that nobody reads, and a browser has to draw them. */
const MOST_ROWS = 1000;
const MOST_PULSES = 20;
const RETRY_MS = 2000;

const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const make = (/** @type {string} */ name, /** @type {string} */ className = '', /** @type {string} */ text = '') => {
  const element = document.createElement(name);
  if (className !== '') element.className = className;
  if (text !== '') element.textContent = text;
  return element;
};
/** Only what is different: writing the same text again costs a layout, and screen readers their place. */
const write = (/** @type {Node} */ element, /** @type {string} */ text) => {
  if (element.textContent !== text) element.textContent = text;
};
/** Made once: making one takes longer than all it does. */
const clock = new Intl.DateTimeFormat([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const time = (/** @type {string | undefined} */ iso) => (iso === undefined ? '' : clock.format(new Date(iso)));

const rows = /** @type {HTMLTableSectionElement} */ (byId('rows'));
/** Row by client, with what it shows. @type {Map<string, ReturnType<typeof makeRow>>} */
const shown = new Map();

// --- what came and is not drawn yet -----------------------------------------------------------------------------------

/** @type {{ reset: boolean, clients: Map<string, Client>, gone: Set<string>, rest: Partial<Status> }} */
let pending = { reset: false, clients: new Map(), gone: new Set(), rest: {} };
let asked = false;

function take(/** @type {Partial<Status> & { gone?: string[] }} */ { clients = [], gone = [], ...rest }, /** @type {boolean} */ reset) {
  if (reset) pending = { reset: true, clients: new Map(), gone: new Set(), rest: {} };
  for (const client of clients) {
    pending.gone.delete(client.client);
    pending.clients.set(client.client, client);
  }
  for (const key of gone) {
    pending.clients.delete(key);
    pending.gone.add(key);
  }
  Object.assign(pending.rest, rest);
  if (asked) return;
  asked = true;
  requestAnimationFrame(draw);
}

function draw() {
  asked = false;
  const { reset, clients, gone, rest } = pending;
  pending = { reset: false, clients: new Map(), gone: new Set(), rest: {} };
  if (reset) {
    for (const key of shown.keys()) if (!clients.has(key)) gone.add(key);
  }
  for (const key of gone) removeRow(key);
  drawClients([...clients.values()]);
  if (rest.transfers !== undefined) drawTransfers(rest.transfers);
  if (rest.failures !== undefined) drawFailures(rest.failures, reset);
  if (rest.server !== undefined) drawServer(rest.server);
}

// --- clients ----------------------------------------------------------------------------------------------------------

function makeRow() {
  const row = /** @type {HTMLTableRowElement} */ (make('tr'));
  row.setAttribute('role', 'row');
  const cells = Array.from({ length: 6 }, () => {
    const cell = make('td');
    cell.setAttribute('role', 'cell');
    row.append(cell);
    return cell;
  });
  const [who, where, what, stage, orders, heard] = /** @type {HTMLElement[]} */ (cells);
  const parts = {
    name: make('span', 'name'),
    mac: make('span', 'mono second'),
    address: make('span', 'mono'),
    relay: make('span', 'second'),
    architecture: make('span'),
    steps: RUNGS.map(() => make('i')),
    stage: make('span', 'stage'),
    latest: make('span', 'latest mono'),
    order: make('span'),
    rule: make('span', 'second'),
    reason: make('span', 'reason'),
    heard: make('span', 'mono'),
  };
  const ladder = make('span', 'ladder');
  ladder.setAttribute('aria-hidden', 'true');
  ladder.append(...parts.steps);
  who?.append(parts.name, parts.mac);
  where?.append(parts.address, parts.relay);
  what?.append(parts.architecture);
  stage?.append(ladder, parts.stage, parts.latest, parts.reason);
  orders?.append(parts.order, parts.rule);
  heard?.append(parts.heard);
  return { row, parts, orders: /** @type {HTMLElement} */ (orders), begun: '', text: '', outcome: '' };
}

function drawClients(/** @type {Client[]} */ clients) {
  for (const client of clients) {
    let entry = shown.get(client.client);
    const begun = client.boot?.begun ?? client.last;
    const isNew = entry === undefined;
    entry ??= makeRow();
    shown.set(client.client, entry);
    fillRow(entry, client);
    // A row stays where it is for as long as its boot lasts: nobody can read what moves.
    if (isNew || (client.boot !== undefined && entry.begun !== begun)) {
      entry.begun = begun;
      placeRow(entry);
    }
    entry.row.hidden = !matches(entry);
  }
  while (shown.size > MOST_ROWS && rows.lastElementChild !== null) {
    const last = [...shown].find(([, { row }]) => row === rows.lastElementChild);
    if (last === undefined) break;
    removeRow(last[0]);
  }
  if (clients.length > 0 || shown.size === 0) drawCounts();
}

/** The boot that began last stands on top. */
function placeRow(/** @type {ReturnType<typeof makeRow>} */ entry) {
  entry.row.dataset.begun = entry.begun;
  let before = rows.firstElementChild;
  while (before !== null && (before === entry.row || (/** @type {HTMLElement} */ (before).dataset.begun ?? '') > entry.begun)) {
    before = before.nextElementSibling;
  }
  rows.insertBefore(entry.row, before);
}

function removeRow(/** @type {string} */ key) {
  shown.get(key)?.row.remove();
  shown.delete(key);
}

function fillRow(/** @type {ReturnType<typeof makeRow>} */ entry, /** @type {Client} */ client) {
  const { row, parts, orders } = entry;
  const { boot } = client;
  write(parts.name, client.hostName ?? '');
  write(parts.mac, client.mac ?? (client.client === client.address ? 'MAC address not known' : client.client));
  parts.mac.classList.toggle('second', client.hostName !== undefined);
  write(parts.address, client.address ?? '–');
  write(parts.relay, client.relay === undefined ? '' : `by relay ${client.relay}`);
  write(parts.architecture, client.architecture === undefined ? '–' : (client.architecture.name ?? `code ${client.architecture.code}`));
  // A boot that something is wrong with stands out at once, not when it has given up.
  const outcome = boot?.outcome === 'running' && boot.failure !== undefined ? 'failed' : (boot?.outcome ?? 'none');
  row.dataset.outcome = outcome;
  row.dataset.boot = boot?.id ?? '';
  entry.outcome = outcome;
  const at = boot === undefined ? -1 : RUNGS.indexOf(boot.rung);
  for (const [index, step] of parts.steps.entries()) {
    step.dataset.state = stateOf(client, index, at);
  }
  const words = stageText(client);
  write(parts.stage, words);
  write(parts.latest, boot?.outcome === 'done' ? '' : (boot?.latest ?? ''));
  write(parts.reason, boot?.failure === undefined ? '' : boot.failure.reason);
  write(parts.order, [boot?.order, boot?.found === undefined ? undefined : `pxelinux: ${boot.found}`].filter(Boolean).join(' → ') || '–');
  write(parts.rule, boot?.rule ?? '');
  orders.dataset.empty = String(boot?.order === undefined && boot?.found === undefined);
  write(parts.heard, time(client.last));
  entry.text = [client.client, client.mac, client.hostName, client.address, client.relay, client.architecture?.name, words, boot?.order, boot?.rule, boot?.found, boot?.file, boot?.failure?.reason, outcome, boot?.id]
    .filter(Boolean)
    .join(' ')
    .toLowerCase();
}

function stateOf(/** @type {Client} */ { boot }, /** @type {number} */ index, /** @type {number} */ at) {
  if (boot === undefined || index > at) return 'ahead';
  if (index === at) {
    if (boot.outcome === 'failed' || boot.failure !== undefined) return 'failed';
    if (boot.outcome === 'stopped') return 'quiet';
    if (boot.outcome === 'running') return 'now';
  }
  const name = /** @type {import('../boot.ts').Rung} */ (RUNGS[index]);
  return boot.reached[name] === undefined ? 'skipped' : 'passed';
}

function stageText(/** @type {Client} */ { boot }) {
  if (boot === undefined) return 'has an address';
  const names = {
    dhcp: 'DHCP',
    loader: boot.loadedBy === 'http' ? 'HTTP: boot file' : 'TFTP: boot file',
    ipxe: 'iPXE',
    boot1: 'boot1 script',
    boot2: 'boot2: orders',
    orders: boot.lookups === undefined ? 'carries out its orders' : `pxelinux: ${boot.lookups} lookups`,
  };
  switch (boot.outcome) {
    case 'done': {
      const seconds = (Date.parse(boot.last) - Date.parse(boot.begun)) / 1000;
      return `booted in ${seconds.toFixed(1)} s`;
    }
    case 'running':
      return boot.failure === undefined ? names[boot.rung] : `stuck at ${names[boot.failure.rung]}`;
    case 'failed':
      return `failed at ${names[boot.failure?.rung ?? boot.rung]}`;
    case 'stopped':
      return `went quiet at ${names[boot.rung]}`;
    default:
      return boot.outcome;
  }
}

function drawCounts() {
  const counts = { running: 0, done: 0, failed: 0, stopped: 0 };
  let visible = 0;
  for (const { outcome, row } of shown.values()) {
    if (outcome in counts) counts[/** @type {keyof typeof counts} */ (outcome)]++;
    if (!row.hidden) visible++;
  }
  for (const [name, count] of Object.entries(counts)) {
    const element = byId(`count-${name}`);
    write(element, String(count));
    element.parentElement?.classList.toggle('some', count > 0);
  }
  // A pulse or two draws the eye; five hundred only keep the browser busy.
  rows.classList.toggle('calm', counts.running > MOST_PULSES);
  write(byId('shown'), visible === shown.size ? String(shown.size) : `${visible} of ${shown.size}`);
  const none = byId('none');
  none.hidden = visible > 0;
  write(none, shown.size === 0 ? 'No client has asked for anything yet.' : 'No client matches the filter.');
}

// --- transfers, failures, the server ------------------------------------------------------------------------------------

function sizeText(/** @type {number} */ octets) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = octets;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

function drawTransfers(/** @type {Status['transfers']} */ transfers) {
  const list = byId('transfers');
  while (list.children.length > transfers.length) list.lastElementChild?.remove();
  while (list.children.length < transfers.length) {
    const item = make('li');
    const line = make('span', 'line');
    line.append(make('span', 'mono'), make('span'));
    item.append(line, make('progress'), make('span', 'dim'));
    list.append(item);
  }
  for (const [at, transfer] of transfers.entries()) {
    const [line, bar, who] = /** @type {[HTMLElement, HTMLProgressElement, HTMLElement]} */ (/** @type {unknown} */ ([...(list.children[at]?.children ?? [])]));
    const [file, size] = /** @type {[HTMLElement, HTMLElement]} */ (/** @type {unknown} */ ([...line.children]));
    const { octets, size: whole } = transfer;
    write(file, transfer.file);
    write(size, octets === undefined ? (whole === undefined ? '' : sizeText(whole)) : `${sizeText(octets)}${whole === undefined ? '' : ` of ${sizeText(whole)}`}`);
    write(who, `${transfer.hostName ?? transfer.client} · ${transfer.protocol.toUpperCase()} · since ${time(transfer.since)}`);
    bar.setAttribute('aria-label', `${transfer.file} to ${transfer.hostName ?? transfer.client}`);
    if (octets === undefined || whole === undefined || whole === 0) bar.removeAttribute('value');
    else {
      bar.max = whole;
      bar.value = octets;
    }
  }
  write(byId('count-moving'), String(transfers.length));
  byId('no-transfers').hidden = transfers.length > 0;
}

let lastFailure = '';

function drawFailures(/** @type {Status['failures']} */ failures, /** @type {boolean} */ first) {
  const items = failures.map(({ at, level, stage, client, hostName, address, text, because }) => {
    const item = make('li', 'failure');
    item.dataset.level = level;
    const line = make('span', 'line');
    line.append(make('b', '', `${stage}: ${text}`), make('span', 'mono', time(at)));
    item.append(line);
    const who = [hostName, client, address].filter((one, index, all) => one !== undefined && all.indexOf(one) === index).join(' · ');
    if (who !== '') item.append(make('div', 'mono dim', who));
    if (because !== undefined && because !== text) item.append(make('div', '', because));
    return item;
  });
  byId('failures').replaceChildren(...items);
  byId('no-failures').hidden = failures.length > 0;
  const [newest] = failures;
  const words = newest === undefined ? '' : `${newest.hostName ?? newest.client ?? ''} ${newest.text}${newest.because === undefined ? '' : `: ${newest.because}`}`;
  if (newest !== undefined && !first && newest.at !== lastFailure) write(byId('said'), words);
  lastFailure = newest?.at ?? '';
}

/** The server's own clock, so that a browser's wrong one does no harm. @type {{ seconds: number, at: number } | undefined} */
let uptime;

function drawServer(/** @type {Status['server']} */ server) {
  write(byId('address'), server.address);
  document.title = `pxebench ${server.address}`;
  uptime = { seconds: server.uptimeSeconds, at: performance.now() };
  drawUptime();
  write(byId('config'), `${server.config?.split('/').at(-1) ?? '–'}, ${time(server.configured)}`);
  byId('config').title = server.config ?? '';
  write(byId('memory'), sizeText(server.memoryOctets));
  write(byId('viewers'), String(server.viewers));
  const list = byId('subnets');
  list.replaceChildren(
    ...server.subnets.map(({ network, pool, free, states }) => {
      const item = make('li');
      const line = make('span', 'line');
      line.append(make('span', 'mono', network), make('span', '', `${free} of ${pool} free`));
      const bar = /** @type {HTMLProgressElement} */ (make('progress'));
      bar.max = Math.max(1, pool);
      bar.value = pool - free;
      bar.className = pool > 0 && free / pool < 0.1 ? 'full' : '';
      bar.setAttribute('aria-label', `${network}: ${pool - free} of ${pool} addresses are taken`);
      const counts = [`${states.bound} leases`, `${states.offered} offered`];
      if (states.declined > 0) counts.push(`${states.declined} declined`);
      item.append(line, bar, make('span', 'dim', counts.join(' · ')));
      return item;
    }),
  );
  byId('no-subnets').hidden = server.subnets.length > 0;
  byId('services').replaceChildren(...server.services.map((service) => make('li', '', service)));
}

function drawUptime() {
  if (uptime === undefined) return;
  const seconds = Math.floor(uptime.seconds + (performance.now() - uptime.at) / 1000);
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  const text = days > 0 ? `${days} d ${hours} h` : hours > 0 ? `${hours} h ${minutes} min` : minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
  write(byId('uptime'), text);
}
setInterval(drawUptime, 1000);

// --- filter -----------------------------------------------------------------------------------------------------------

const filter = /** @type {HTMLInputElement} */ (byId('filter'));
let wanted = /** @type {string[]} */ ([]);

function matches(/** @type {{ text: string }} */ { text }) {
  return wanted.every((word) => text.includes(word));
}

function setFilter() {
  wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const entry of shown.values()) entry.row.hidden = !matches(entry);
  drawCounts();
  // A wall keeps its filter over a restart of the browser.
  history.replaceState(null, '', filter.value === '' ? location.pathname : `?filter=${encodeURIComponent(filter.value)}`);
}
filter.value = new URLSearchParams(location.search).get('filter') ?? '';
filter.addEventListener('input', setFilter);
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== filter) {
    event.preventDefault();
    filter.focus();
  } else if (event.key === 'Escape' && document.activeElement === filter) {
    filter.value = '';
    setFilter();
  }
});
if (filter.value !== '') setFilter();

// --- the server's events ----------------------------------------------------------------------------------------------

function tell(/** @type {'live' | 'lost'} */ state, /** @type {string} */ text) {
  const pill = byId('link');
  pill.dataset.state = state;
  write(pill, text);
  byId('stale').hidden = state === 'live';
}

function follow() {
  const source = new EventSource('events');
  source.addEventListener('snapshot', (event) => {
    tell('live', 'live');
    take(JSON.parse(event.data), true);
  });
  source.addEventListener('update', (event) => take(JSON.parse(event.data), false));
  source.addEventListener('error', () => {
    tell('lost', 'reconnecting');
    // The browser tries again by itself, but where the server said no.
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, RETRY_MS);
  });
}
follow();
