import { Counter } from 'prom-client';

/** In prom-client's own registry, which `management/` serves. */
const deliveries = new Counter({
  name: 'flowg_alert_deliveries_total',
  help: 'Attempts to deliver an alert, by outcome; dropped: never attempted, because too many were waiting',
  labelNames: ['alert', 'outcome'],
});

/** `retried`: it failed and will be tried again; `failed`: for good. */
export function countDeliveries(
  alert: string,
  outcome: 'delivered' | 'retried' | 'failed' | 'dropped',
  count = 1,
): void {
  deliveries.inc({ alert, outcome }, count);
}
