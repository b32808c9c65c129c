import { ENTRY_BYTES } from './entries/entry-size.js';

/**
 * A stream that says another number of entries, or of their bytes, than it has: retention would go by it. Of its name as
 * much as a sentence needs.
 */
export const MISCOUNTED_STREAM = `
  SELECT substr(holder.name, 1, 100) AS name FROM stream AS holder
  WHERE (entry_count, entry_bytes) <> (
      SELECT count(*), coalesce(sum(${ENTRY_BYTES}), 0) FROM entry WHERE entry.stream_id = holder.id)
    OR hidden_bytes <> (
      SELECT coalesce(sum(${ENTRY_BYTES}), 0) FROM entry
      WHERE entry.stream_id = holder.id
        AND (entry.timestamp_ms, entry.id) <= (holder.floor_ms, holder.floor_id))
  LIMIT 1`;

/** Texts that end before they end: `printf` does not look beyond a NUL, and is the quickest that does not. */
const HAS_NUL = `octet_length(printf('%s', fields)) <> octet_length(fields)`;

/**
 * True wherever strict JSON has a value in it that is no text: after the name's last quotation mark comes, at once or
 * after white space, the colon, and at once or after white space something that is no quotation mark. It may be true
 * of a text with quotation marks in it as well, but where it is false nothing has to be taken apart.
 */
const MAY_HAVE_OTHERS = `fields GLOB '*"[: \t\n\r][^"]*'`;

/** An entry with a field that is not text, or with something behind its JSON: `json_valid` does not look beyond a NUL. */
export const ENTRY_WITH_OTHER_VALUES = `
  SELECT id FROM entry
  WHERE ${HAS_NUL}
    OR (${MAY_HAVE_OTHERS}
      AND EXISTS (SELECT 1 FROM json_each(entry.fields) AS field WHERE field.type <> 'text'))
  LIMIT 1`;
