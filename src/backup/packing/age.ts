/** Loaded by the first who seals something: who seals nothing does not wait for its curves at each start. */
export function loadAge(): Promise<typeof import('age-encryption')> {
  return import('age-encryption');
}
