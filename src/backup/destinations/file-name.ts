import { DestinationError } from './destination.js';

const MOST_CHARACTERS = 200;

/** Whether every kind of destination can keep a file of this name. */
export function isFileName(name: string): boolean {
  return name.length <= MOST_CHARACTERS && /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name);
}

/** @throws DestinationError `misconfigured`. */
export function requireFileName(name: string): void {
  if (isFileName(name)) return;
  throw new DestinationError(
    'misconfigured',
    `${JSON.stringify(name.slice(0, MOST_CHARACTERS))} cannot be the name of a file of a destination: use at most ` +
      `${MOST_CHARACTERS} of A-Za-z0-9._-, and no point in front`,
    false,
  );
}
