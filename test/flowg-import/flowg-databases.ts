import type { BadgerKey } from './badger-stream.js';

/** What stands between the parts of a key: the first up to FlowG v0.60, the second from v0.61 on. */
export const SEPARATORS = { old: ':', new: '\x1b' } as const;
export type Separator = (typeof SEPARATORS)[keyof typeof SEPARATORS];

/** As FlowG v0.27 hashes passwords and tokens: nobody can check it here. */
export const WEAK_HASH = '$argon2id$v=19$m=1,t=1,p=1$AAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

export interface FlowgUser {
  name: string;
  roles: string[];
  passwordHash?: string;
  /** By UUID. */
  tokens?: Record<string, string>;
}

export interface FlowgAuth {
  users: FlowgUser[];
  roles: Record<string, string[]>;
}

export function authKeys({ users, roles }: FlowgAuth, separator: Separator = ':'): BadgerKey[] {
  const key = (...parts: string[]) => parts.join(separator);
  const scopeKeys = ([role, scopes]: [string, string[]]): BadgerKey[] =>
    scopes.map((scope) => ({ key: key('role', role, scope) }));
  return [
    ...Object.keys(roles).map((role) => ({ key: key('index', 'role', role) })),
    ...Object.entries(roles).flatMap(scopeKeys),
    ...users.flatMap(({ name, roles: ofUser, passwordHash = WEAK_HASH, tokens = {} }) => [
      { key: key('index', 'user', name) },
      { key: key('user', name, 'password'), value: passwordHash },
      ...ofUser.map((role) => ({ key: key('user', name, 'role', role) })),
      ...Object.entries(tokens).map(([uuid, value]) => ({ key: key('pat', name, uuid), value })),
    ]),
  ];
}

export interface FlowgEntry {
  stream: string;
  /** RFC 3339 with nanoseconds. */
  timestamp: string;
  fields: Record<string, string> | null;
  /** Unix seconds. */
  expiresAt?: number;
}

export interface FlowgStream {
  config?: { ttl?: number; size?: number; indexed_fields?: string[] };
  fields?: string[];
}

let nextUuid = 1;

export function entryKey({ stream, timestamp }: FlowgEntry, separator: Separator = ':'): string {
  const uuid = `00000000-0000-4000-8000-${String(nextUuid++).padStart(12, '0')}`;
  return ['entry', stream, String(Date.parse(timestamp)).padStart(20, '0'), uuid].join(separator);
}

/** With the index keys that FlowG would have made. */
export function logsKeys(
  streams: Record<string, FlowgStream>,
  entries: FlowgEntry[],
  separator: Separator = ':',
): BadgerKey[] {
  const key = (...parts: string[]) => parts.join(separator);
  const ofStreams = Object.entries(streams).map(([name, { config }]) => ({
    key: key('stream', 'config', name),
    value: config ? JSON.stringify(config) : '',
  }));
  const ofFields = Object.entries(streams).flatMap(([name, { fields = [] }]) =>
    fields.map((field) => ({ key: key('stream', 'field', name, field) })),
  );
  const ofEntries = entries.flatMap((entry) => {
    const { stream, timestamp, fields, expiresAt } = entry;
    const own = entryKey(entry, separator);
    const indexed = streams[stream]?.config?.indexed_fields ?? [];
    return [
      { key: own, value: JSON.stringify({ timestamp, fields }), expiresAt },
      ...indexed.map((field) => {
        const value = Buffer.from(fields?.[field] ?? '').toString('base64');
        return { key: key('index', stream, 'field', field, value, own), expiresAt };
      }),
    ];
  });
  return [...ofStreams, ...ofFields, ...ofEntries];
}

/** @param definitions by `transformer`, `pipeline`, `forwarder`, `system`, and by name. */
export function configKeys(
  definitions: Record<string, Record<string, string | object>>,
  separator: Separator = ':',
): BadgerKey[] {
  return Object.entries(definitions).flatMap(([kind, byName]) =>
    Object.entries(byName).map(([name, content]) => ({
      key: [kind, name].join(separator),
      value: typeof content === 'string' ? content : JSON.stringify(content),
    })),
  );
}
