import { type Fields, MOST_RECORDS } from '../record.js';

/** One record for each line that is not empty, at most one more than a request may bring; lines end with LF or CR LF. */
export function recordsOfLines(text: string): Fields[] {
  const records: Fields[] = [];
  for (let start = 0; start < text.length && records.length <= MOST_RECORDS;) {
    const found = text.indexOf('\n', start);
    const end = found === -1 ? text.length : found;
    const content = text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end);
    if (content !== '') records.push({ content });
    start = end + 1;
  }
  return records;
}
