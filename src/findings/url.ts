/** Whether a boot file's name is a URL to be loaded by HTTP. */
export function isUrl(file: string | undefined): boolean {
  return file !== undefined && /^https?:/i.test(file);
}
