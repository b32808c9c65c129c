import { only, render, type Rendered, type Values } from './helm.js';

/** Values under which Prometheus and Grafana watch the server. */
export const WATCHED: Values = {
  serviceMonitor: { enabled: true },
  prometheusRule: { enabled: true },
  grafanaDashboard: { enabled: true },
  networkPolicy: { metricsFrom: [{ podSelector: {} }] },
};

export interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations: { summary: string };
}

const rendered = new Map<string, Rendered>();

/** The object that has the alert rules, rendered once for each set. @param values beside those that turn it on. */
export function ruleObject(values: Values = {}): Rendered {
  const key = JSON.stringify(values);
  const object = rendered.get(key) ?? only(render({ ...WATCHED, ...values }), 'PrometheusRule');
  rendered.set(key, object);
  return object;
}

/** All rules of all groups. */
export function rulesOf({ spec }: Rendered): Rule[] {
  return spec.groups.flatMap((group: { rules: Rule[] }) => group.rules);
}
