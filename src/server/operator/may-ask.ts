/**
 * Whether a browser may be told what the page shows. It is open to whoever can reach the port; but not to a web page of
 * somebody else's, which a browser on this network may have open: by DNS rebinding (its own name turned to this server's
 * address: the Host field is that name) or by a request across origins (Origin, Sec-Fetch-Site).
 */
export type Asked = {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly fetchMode: string | undefined;
};

export type Permission = { readonly allowed: true } | { readonly allowed: false; readonly because: string };

/** `names`: lower case, beside addresses and localhost. An address in Host cannot be somebody's name for us. */
export function mayAsk({ host, origin, fetchSite, fetchMode }: Asked, names: readonly string[]): Permission {
  const name = hostName(host);
  if (name === undefined) return refused('wanted one Host field');
  if (!isAddress(name) && name !== 'localhost' && !names.includes(name)) {
    return refused(
      'this name is not one of the status page: ask by address, or put the name under "names" in the section "status"',
    );
  }
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    return refused('asked from a page of another origin');
  }
  if (fetchSite === 'cross-site' && fetchMode !== 'navigate')
    return refused('asked from a page of another site');
  return { allowed: true };
}

const refused = (because: string): Permission => ({ allowed: false, because });

/** Without port, lower case, without the final dot. */
function hostName(host: string | undefined): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i.exec(host ?? '');
  return match?.[1]?.toLowerCase().replace(/\.$/, '');
}

const isAddress = (name: string): boolean => name.startsWith('[') || /^\d{1,3}(\.\d{1,3}){3}$/.test(name);
