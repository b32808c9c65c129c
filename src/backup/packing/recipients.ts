import { invalidArgument } from '../../problems.js';
import { loadAge } from './age.js';
import { MOST_RECIPIENTS } from './packing.js';

/** A public key of age's own kind; that its sum is right is asked of the library. */
const FORM = /^age1[02-9ac-hj-np-z]{58}$/;

/** @throws Problem INVALID_ARGUMENT unless all are public keys of age. What is none is never shown: it may be a secret. */
export async function requireRecipients(recipients: readonly string[]): Promise<void> {
  if (recipients.length > MOST_RECIPIENTS) refuse('recipients', `${MOST_RECIPIENTS} keys at most`);
  for (const [index, recipient] of recipients.entries()) {
    const where = `recipients.${index}`;
    if (/^\s*AGE-SECRET-KEY-/i.test(recipient))
      refuse(
        where,
        'this is a private key, which must never leave its owner: make a new one, and give its public key (age1…)',
      );
    if (!(await isPublicKey(recipient)))
      refuse(
        where,
        'not a public key of age: they are made by age-keygen, and are age1 and 58 more characters',
      );
    if (recipients.indexOf(recipient) !== index) refuse(where, 'this key is there twice');
  }
}

async function isPublicKey(text: string): Promise<boolean> {
  if (!FORM.test(text)) return false;
  const { Encrypter } = await loadAge();
  try {
    new Encrypter().addRecipient(text);
    return true;
  } catch {
    return false;
  }
}

function refuse(where: string, text: string): never {
  throw invalidArgument(`invalid argument: ${where}: ${text}`, { [`body:${where}`]: [text] });
}
