import type { ClientVariables, Order } from './orders.ts';

/**
 * The iPXE script of an order. It starts with `#!ipxe` and a line end at offset 0 (IPXE-001). `{{name}}` in an order's text
 * is the client's own value, percent-encoded; `${name}` is left to iPXE.
 */
export function orderScript(order: Order, client: ClientVariables): string {
  return `#!ipxe\n${fillIn(commands(order), client)}`;
}

function commands(order: Order): string {
  switch (order.kind) {
    case 'chain':
      return `chain ${order.url}\n`;
    case 'sanboot': {
      const initiator = order.initiatorIqn === undefined ? '' : `set initiator-iqn ${order.initiatorIqn}\n`;
      return `${initiator}sanboot ${order.uri}\n`;
    }
    case 'script':
      return `${order.text.replace(/^#!ipxe\s*\n/, '').trimEnd()}\n`;
    case 'exit':
      return 'exit\n';
  }
}

function fillIn(text: string, client: ClientVariables): string {
  return text.replace(/\{\{([^{}]+)\}\}/g, (_, name: string) => escaped(client.get(name.trim())?.[0] ?? ''));
}

/**
 * Percent-encodes all but what can mean nothing to iPXE's script parser: no white space, no `$`, `|`, `&`, `;`, `#`, no line
 * end (SEC-013). What it makes is right inside a URL, which is where values are put.
 */
function escaped(value: string): string {
  const encoded = Array.from(Buffer.from(value), (octet) =>
    /[A-Za-z0-9._~:@+,/-]/.test(String.fromCharCode(octet))
      ? String.fromCharCode(octet)
      : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
  // A word that starts with a dash would be an option of the command.
  return encoded.replace(/^-/, '%2D');
}
