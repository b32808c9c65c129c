import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StatefulSet } from 'kubernetes-models/apps/v1';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Secret, Service, ServiceAccount } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { PROJECT_ROOT } from '../support/test-server.js';
import type { ZodType } from 'zod';
import { CHART, everySet, hasHelm, helm, only, render, type Rendered, VALUE_FILES } from './helm.js';
import { unknownFields } from './object-types.js';
import { prometheusRule, serviceMonitor } from './operator-objects.js';

const DEFAULTS = join(CHART, 'values.yaml');
const SETS = [DEFAULTS, ...VALUE_FILES].map((path) => [path.slice(CHART.length + 1), path] as const);

type Model = new (data: any) => { validate(): void };
const MODELS: Record<string, Model> = {
  'apps/v1 StatefulSet': StatefulSet,
  'networking.k8s.io/v1 Ingress': Ingress,
  'networking.k8s.io/v1 NetworkPolicy': NetworkPolicy,
  'policy/v1 PodDisruptionBudget': PodDisruptionBudget,
  'v1 ConfigMap': ConfigMap,
  'v1 Secret': Secret,
  'v1 Service': Service,
  'v1 ServiceAccount': ServiceAccount,
};

/** Kinds that Kubernetes does not bring along: they are the Prometheus operator's. */
const SCHEMAS: Record<string, ZodType> = {
  'monitoring.coreos.com/v1 PrometheusRule': prometheusRule,
  'monitoring.coreos.com/v1 ServiceMonitor': serviceMonitor,
};

/** @throws Error when a cluster would not take the object. */
function check(object: Rendered): void {
  const type = typeOf(object);
  if (SCHEMAS[type]) SCHEMAS[type].parse(object);
  else new MODELS[type]!(object).validate();
}

const typeOf = ({ apiVersion, kind }: Rendered) => `${apiVersion} ${kind}`;

describe.skipIf(!hasHelm)('the chart', () => {
  it('has at least ten sets of values to be tried with', () => {
    expect(VALUE_FILES.length).toBeGreaterThanOrEqual(10);
  });

  it.each(SETS)('passes helm lint with %s', (_, path) => {
    const { status, stdout, stderr } = helm(['lint', '--strict', CHART, '--values', path]);
    expect(status, stdout + stderr).toBe(0);
  });

  it.each(SETS)('renders objects that Kubernetes takes with %s', (_, path) => {
    const objects = render(path);
    expect(objects.length).toBeGreaterThan(4);
    for (const object of objects) check(object);
    const identities = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(identities).size).toBe(identities.length);
  });

  it('renders no field that Kubernetes would ignore, with any of them', () => {
    const objects = everySet()
      .flat()
      .filter((object) => typeOf(object) in MODELS);
    expect(unknownFields(objects)).toEqual([]);
  });

  it('renders each of its kinds with one set or another', () => {
    const types = new Set(everySet().flat().map(typeOf));
    expect([...types].toSorted()).toEqual([...Object.keys(MODELS), ...Object.keys(SCHEMAS)].toSorted());
  });

  it('is of the version of the server', () => {
    const { appVersion } = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'));
    const { version } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8'));
    expect(appVersion).toBe(version);
  });
});

describe.skipIf(!hasHelm)('the check of objects', () => {
  const container = (set: Rendered) => set.spec.template.spec.containers[0];

  it.each<[string, (set: Rendered) => unknown]>([
    ['a number that is a text', (set) => (set.spec.replicas = 'one')],
    ['a port without its number', (set) => delete container(set).ports[0].containerPort],
  ])('sees %s', (_, spoil) => {
    const set = only(render(), 'StatefulSet');
    spoil(set);
    expect(() => check(set)).toThrow();
  });

  it('sees misspelt fields', () => {
    const set = only(render(), 'StatefulSet');
    container(set).volumeMount = [];
    const service = only(render(), 'Service', 'flowg');
    service.spec.ports[0].protocolo = 'TCP';
    const [first, second, ...others] = unknownFields([set, service]);
    expect(first).toContain('"volumeMount"');
    expect(second).toContain('"protocolo"');
    expect(others).toEqual([]);
  });
});
