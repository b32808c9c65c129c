import { hkdfSync, randomBytes } from 'node:crypto';
import { loadAge } from './age.js';
import { requireRecipients } from './recipients.js';

const NONCE_BYTES = 16;
/** Of age's payload: the nonce of the stream, and the tag of its one, empty chunk. */
const EMPTY_PAYLOAD_BYTES = NONCE_BYTES + 16;
const KEY_BYTES = 32;

/** What the sealing of one file begins with, and the key of all that follows. */
export interface Seal {
  /** age's header and the nonce of the stream. */
  head: Buffer;
  /** In memory only: whoever holds it can read this one file, and no other. */
  streamKey: Buffer;
}

/**
 * Begins a file in the format of age. The library wraps the file's key for the recipients and writes the header. We ask for
 * the same key by one more recipient, which writes nothing, because the rest is made by Node's own ciphers at eight
 * times the speed, on an event loop that others wait for.
 * @throws Problem INVALID_ARGUMENT what `requireRecipients` throws.
 */
export async function newSeal(recipients: readonly string[]): Promise<Seal> {
  await requireRecipients(recipients);
  const { Encrypter } = await loadAge();
  let fileKey = Buffer.alloc(0);
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  encrypter.addRecipient({
    wrapFileKey: (key) => {
      fileKey = Buffer.from(key);
      return [];
    },
  });
  const sealedNothing = await encrypter.encrypt(new Uint8Array());
  const header = sealedNothing.subarray(0, sealedNothing.length - EMPTY_PAYLOAD_BYTES);
  // A nonce of our own: under the library's the first chunk is spent.
  const nonce = randomBytes(NONCE_BYTES);
  const streamKey = Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', KEY_BYTES));
  return { head: Buffer.concat([header, nonce]), streamKey };
}
