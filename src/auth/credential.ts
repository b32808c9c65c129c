/** What a request shows to say who makes it. */
export interface Credential {
  kind: 'jwt' | 'pat';
  token: string;
}

/**
 * The forms of the `Authorization` header, each with the kind of token it carries: those of the reference
 * (`Bearer pat:…`, `Bearer jwt:…`), and the bare tokens of its later versions.
 */
const FORMS: [RegExp, Credential['kind']][] = [
  [/^Bearer pat:(.+)$/i, 'pat'],
  [/^Bearer jwt:(.+)$/i, 'jwt'],
  [/^Bearer (pat_.+)$/i, 'pat'],
  [/^Bearer jwt_(.+)$/i, 'jwt'],
  [/^Bearer ([\w-]+\.[\w-]+\.[\w-]*)$/i, 'jwt'],
];

/** @returns undefined for a header of any other form, or none. */
export function decodeAuthorization(header: string | undefined): Credential | undefined {
  for (const [form, kind] of FORMS) {
    const token = form.exec(header ?? '')?.[1];
    if (token) return { kind, token };
  }
  return undefined;
}
