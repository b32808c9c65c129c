import fc from 'fast-check';
import type { StagedInMemory } from '../support/staged-in-memory.js';
import { insertRows, NAMES } from './two-sides.js';

/** A URL in parts, so that what is different between two of them is known without reading any. */
export interface UrlParts {
  credentials: string;
  base: string;
  query: string;
  fragment: string;
}

export interface AlertState {
  version: number;
  /** A text where it is not a URL. */
  url: UrlParts | string;
  headers: Record<string, string>;
}

/** What a config database holds; flows as they are written in a row, in whatever way. */
export interface ConfigState {
  transformers: Map<string, string>;
  pipelines: Map<string, string>;
  alerts: Map<string, AlertState>;
}

const script = fc
  .array(fc.constantFrom('.a = 1', '.b = "é"', '', '# 🙂\r', '-x', '@@'), { maxLength: 8 })
  .map((lines) => lines.join('\n'));

const data = fc
  .uniqueArray(
    fc.tuple(fc.constantFrom('type', 'stream', '__proto__', '10', '9'), fc.constantFrom('direct', 'x')),
    {
      selector: ([key]) => key,
    },
  )
  .map((entries) => Object.fromEntries(entries));
const node = fc.record({ id: fc.constantFrom('n1', 'n2'), type: fc.constantFrom('source', 'router'), data });
const edge = fc.record({
  id: fc.constant('e'),
  source: fc.constant('n1'),
  target: fc.constantFrom('n1', 'n2'),
});

/** The same flow may be written in several ways: other orders of keys, what nobody reads, spaces, absent zeros. */
const flow = fc
  .record({
    nodes: fc.array(node, { maxLength: 4 }),
    edges: fc.array(edge, { maxLength: 3 }),
    version: fc.constantFrom(0, 1),
    way: fc.nat(2),
  })
  .map(({ nodes, edges, version, way }) => {
    if (way === 0) return JSON.stringify({ version, nodes, edges });
    if (way === 1) return JSON.stringify({ edges, nodes, selected: true, version }, undefined, 1);
    return JSON.stringify({ nodes, Edges: edges, ...(version > 0 && { version }) });
  });

const url = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      credentials: fc.constantFrom('', 'secret-user:secret-1@', 'secret-user:secret-2@'),
      base: fc.constantFrom('http://a.example/', 'http://a.example/hook', 'https://b.example:8443/'),
      query: fc.constantFrom('', '?key=secret-3', '?key=secret-4'),
      fragment: fc.constantFrom('', '#secret-5'),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom('secret-text', 'mailto:secret@example.com', 'secret:secret', '') },
);
const alert: fc.Arbitrary<AlertState> = fc.record({
  version: fc.constantFrom(0, 1),
  url,
  headers: fc
    .uniqueArray(
      fc.tuple(
        fc.constantFrom('Authorization', 'X-Key', '__proto__', ''),
        fc.constantFrom('secret-6', 'secret-7'),
      ),
      { selector: ([name]) => name },
    )
    .map((entries) => Object.fromEntries(entries)),
});

function named<T>(content: fc.Arbitrary<T>): fc.Arbitrary<Map<string, T>> {
  return fc
    .uniqueArray(fc.tuple(fc.constantFrom(...NAMES), content), { selector: ([name]) => name })
    .map((entries) => new Map(entries));
}

export const configStates: fc.Arbitrary<ConfigState> = fc.record({
  transformers: named(script),
  pipelines: named(flow),
  alerts: named(alert),
});

export async function fillConfig(side: StagedInMemory, state: ConfigState): Promise<void> {
  await insertRows(side, 'transformers', [...state.transformers]);
  await insertRows(side, 'pipelines', [...state.pipelines]);
  const alerts = [...state.alerts].map(([name, { url: parts, ...webhook }]) => {
    const text = typeof parts === 'string' ? parts : urlText(parts);
    return [name, JSON.stringify({ ...webhook, url: text })];
  });
  await insertRows(side, 'alerts', alerts);
}

function urlText({ credentials, base, query, fragment }: UrlParts): string {
  return base.replace('://', `://${credentials}`) + query + fragment;
}

/** What has to be named as changed between two alerts. */
export function partsThatDiffer(old: AlertState, young: AlertState): string[] {
  const names = new Set([...Object.keys(old.headers), ...Object.keys(young.headers)]);
  const value = ({ headers }: AlertState, name: string) =>
    Object.entries(headers).find(([key]) => key === name)?.[1];
  return [
    ...(old.version === young.version ? [] : ['version']),
    ...urlPartsThatDiffer(old.url, young.url),
    ...[...names].filter((name) => value(old, name) !== value(young, name)).map((name) => `headers.${name}`),
  ];
}

function urlPartsThatDiffer(old: UrlParts | string, young: UrlParts | string): string[] {
  if (typeof old === 'string' || typeof young === 'string') return old === young ? [] : ['url'];
  return [
    ...(old.base === young.base ? [] : ['url']),
    ...(['credentials', 'query', 'fragment'] as const)
      .filter((part) => old[part] !== young[part])
      .map((part) => `url.${part}`),
  ];
}

/** A webhook as it has to be shown. */
export function shownAlert({ version, url: parts, headers }: AlertState) {
  const shown = (text: string, sign: string) => (text === '' ? '' : `${sign}…`);
  return {
    version,
    url: typeof parts === 'string' ? null : parts.base + shown(parts.query, '?') + shown(parts.fragment, '#'),
    headers: Object.keys(headers).toSorted(),
  };
}
