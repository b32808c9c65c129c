const SPACE = 0x20;

/** Cuts spaces, and nothing but spaces, at both ends. A regular expression would be quadratic in long runs of spaces. */
export function trimSpaces(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && text.charCodeAt(from) === SPACE) from++;
  while (to > from && text.charCodeAt(to - 1) === SPACE) to--;
  return text.slice(from, to);
}

/** Cuts the control characters (below 32) at the end: the line feed or NUL that many senders put there. */
export function withoutTrailingControls(line: Buffer): Buffer {
  let length = line.length;
  while (length > 0 && line[length - 1]! < SPACE) length--;
  return line.subarray(0, length);
}
