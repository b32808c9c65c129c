import { open, rename, rm } from 'node:fs/promises';

/**
 * Puts new content in place of a small file, in one step: a crash leaves the old content or the new one. Sync the
 * folder afterwards (`syncDirectory`) to make it survive a power cut.
 * @param beforeRename runs when the new content is safe on disk under another name.
 */
export async function replaceFile(
  path: string,
  text: string,
  beforeRename?: () => Promise<void>,
): Promise<void> {
  const temporary = temporaryOf(path);
  try {
    await writeDurably(temporary, text);
    await beforeRename?.();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Removes what a crash in the middle of `replaceFile` has left. */
export async function removeUnfinished(path: string): Promise<void> {
  await rm(temporaryOf(path), { force: true });
}

function temporaryOf(path: string): string {
  return `${path}.new`;
}

async function writeDurably(path: string, text: string): Promise<void> {
  const handle = await open(path, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
