import { z } from 'zod';

/**
 * The part of the Prometheus operator's objects that the chart uses, after its API reference (monitoring.coreos.com/v1).
 * Strict: a field that is not here is a mistake in a template.
 */
const texts = z.record(z.string(), z.string());
const duration = z.string().regex(/^\d+(ms|s|m|h|d)$/);
const metadata = z.strictObject({ name: z.string(), labels: texts, annotations: texts.optional() });
const keyOfObject = z.strictObject({ name: z.string(), key: z.string() });

const endpoint = z.strictObject({
  port: z.string(),
  path: z.string(),
  scheme: z.enum(['http', 'https']),
  interval: duration,
  scrapeTimeout: duration,
  tlsConfig: z
    .strictObject({
      ca: z.strictObject({ secret: keyOfObject }).optional(),
      serverName: z.string().optional(),
      insecureSkipVerify: z.boolean().optional(),
    })
    .optional(),
});

export const serviceMonitor = z.strictObject({
  apiVersion: z.literal('monitoring.coreos.com/v1'),
  kind: z.literal('ServiceMonitor'),
  metadata,
  spec: z.strictObject({
    selector: z.strictObject({ matchLabels: texts }),
    endpoints: z.array(endpoint).nonempty(),
  }),
});

const rule = z.strictObject({
  alert: z.string().regex(/^[A-Za-z]+$/),
  expr: z.string(),
  for: duration.optional(),
  labels: texts,
  annotations: z.strictObject({ summary: z.string() }),
});

export const prometheusRule = z.strictObject({
  apiVersion: z.literal('monitoring.coreos.com/v1'),
  kind: z.literal('PrometheusRule'),
  metadata,
  spec: z.strictObject({
    groups: z.array(z.strictObject({ name: z.string(), rules: z.array(rule).nonempty() })).nonempty(),
  }),
});
