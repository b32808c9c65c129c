/** What may stand behind a backslash inside a string, and the character that it means. */
const ESCAPES = new Map([
  ['a', '\u0007'],
  ['b', '\b'],
  ['v', '\v'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['e', '\u001b'],
  ['E', '\u001b'],
  ...['\\', "'", '"', '$', '`', ' '].map((character) => [character, character] as const),
]);

/** The character that `\letter` means; undefined when it is not an escape. */
export function escapedCharacter(letter: string): string | undefined {
  return ESCAPES.get(letter);
}

/** The character that `\u{hex}` means; undefined when Unicode has no character of that number, as for surrogates. */
export function unicodeCharacter(hex: string): string | undefined {
  const code = Number.parseInt(hex, 16);
  return code < 0xd800 || (code > 0xdfff && code <= 0x10ffff) ? String.fromCodePoint(code) : undefined;
}

const SHORT_ESCAPES = new Map(
  ['n', 'r', 't', 'v', 'f', '\\', '"'].map((letter) => [ESCAPES.get(letter)!, `\\${letter}`]),
);

/** A string in double quotes as the filter language writes it: on one line, with no space that looks like another. */
export function quoted(value: string): string {
  const inside = value.replaceAll(
    /["\\\p{Cc}]|(?! )\p{Z}/gu,
    (character) =>
      SHORT_ESCAPES.get(character) ?? `\\u{${character.codePointAt(0)!.toString(16).toUpperCase()}}`,
  );
  return `"${inside}"`;
}

/** The beginning of a text, for messages: never half a surrogate pair. */
export function excerpt(text: string, characters: number): string {
  // A character takes two units at most, so that a long text is not split as a whole.
  const [...beginning] = text.slice(0, characters * 2);
  return beginning.slice(0, characters).join('');
}
