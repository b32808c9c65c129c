/** Records as JSON that is strict, but not what JSON.stringify writes. */

type RecordOfText = Record<string, string>;

/** With every character as `\uXXXX`. */
export function escapedJson(record: RecordOfText): string {
  return written(record, (unit) => `\\u${unit.toString(16).padStart(4, '0')}`, '', '');
}

/** With spaces, `\/`, and half of the characters as `\uXXXX` in upper case. */
export function spacedJson(record: RecordOfText): string {
  const character = (unit: number, index: number) => {
    if (unit === 0x2f) return '\\/';
    const plain = unit >= 0x20 && unit < 0x7f && unit !== 0x22 && unit !== 0x5c;
    if (plain && index % 2) return String.fromCharCode(unit);
    return `\\u${unit.toString(16).padStart(4, '0').toUpperCase()}`;
  };
  return written(record, character, ' ', '\n\t');
}

function written(
  record: RecordOfText,
  character: (unit: number, index: number) => string,
  space: string,
  line: string,
): string {
  const string = (text: string) => {
    const characters = Array.from({ length: text.length }, (_, index) =>
      character(text.charCodeAt(index), index),
    );
    return `"${characters.join('')}"`;
  };
  const members = Object.entries(record).map(
    ([name, value]) => `${string(name)}${space}:${space}${string(value)}`,
  );
  return `${line}{${space}${members.join(`${line},${space}`)}${line}}`;
}
