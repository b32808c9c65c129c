import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { register } from 'prom-client';
import { createApplication } from '#src/bootstrap.js';
import { readSettings } from '#src/settings.js';

/** Labels that Prometheus adds to what it scrapes, and those of Kubernetes. */
export const ADDED = ['namespace', 'pod', 'job', 'instance', 'persistentvolumeclaim', 'le'];

/** Metrics that are not the server's: of Prometheus itself, and of the kubelet. */
export const FOREIGN = /^(up|kubelet_volume_stats_(available|capacity)_bytes)$/;

/** Makes the server's metrics known in this process, by an application that never listens. */
export async function registerMetrics(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'flowg-metrics-'));
  const application = await createApplication(readSettings({ FLOWG_DATA_DIR: dataDir }));
  await application.init();
  await application.close();
  await rm(dataDir, { recursive: true });
}

/** The labels that the server gives a metric; undefined when it has none of that name. To be called when they are registered. */
export function labelsOfMetric(name: string): string[] | undefined {
  const metric = register.getSingleMetric(name.replace(/_bucket$/, ''));
  return (metric as unknown as { labelNames: string[] } | undefined)?.labelNames;
}
