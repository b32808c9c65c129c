import { isUtf8 } from 'node:buffer';
import type { z } from 'zod';
import { FileRefusal } from './file-refusal.js';

/** Names in a refusal are shown up to this length: a hostile file may hold names of any size. */
const SHOWN_CHARACTERS = 80;

/** `pipeline "edge"`, for the sentences of a restore policy. */
export function objectText(kind: string, name: string): string {
  const shown = name.length > SHOWN_CHARACTERS ? `${name.slice(0, SHOWN_CHARACTERS)}…` : name;
  return `${kind} ${JSON.stringify(shown)}`;
}

/** @throws FileRefusal with the check `content` and the first complaint, unless `value` is what the API lets in. */
export function requireContent<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  object: string,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  const place = path.length > 0 ? `${path.map(String).join('.').slice(0, SHOWN_CHARACTERS)}: ` : '';
  throw new FileRefusal('content', `${object} is not valid: ${place}${message}`);
}

/**
 * SQLite keeps any bytes in a text column; read as UTF-8 they would become another text, under which no row is found.
 * @throws FileRefusal with the check `content`.
 */
export function requireUtf8(bytes: Buffer, object: string): void {
  if (!isUtf8(bytes)) throw new FileRefusal('content', `${object} is not valid: its name is not UTF-8`);
}

/** @throws FileRefusal with the check `content` unless the text is JSON. */
export function requireJson(text: string, object: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FileRefusal('content', `${object} is not valid: its content is not JSON`);
  }
}
