import { EXIT, Failure } from '../failure.js';

const STANDARD = 'http://localhost:5080';

/** @param given by option or environment. @returns with a path that ends in a slash, for a server behind a prefix. */
export function serverUrl(given: string | undefined): URL {
  const text = given ?? STANDARD;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) {
    throw new Failure(
      EXIT.usage,
      `${JSON.stringify(text)} is not the URL of a server: it looks like ${STANDARD}`,
    );
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}
