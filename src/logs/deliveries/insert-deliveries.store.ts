import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Instant } from '../instant.js';

/** A record that is to be told to a webhook. */
export interface NewDelivery {
  alert: string;
  instant: Instant;
  fields: string;
}

/** Deliveries of one alert that may wait: more are counted and dropped, a dead webhook must not fill the disk. */
const MOST_WAITING_DELIVERIES = 10_000;

/** In the transaction that stores the logs. @returns how many found no room, by alert. */
export async function insertDeliveries(
  manager: EntityManager,
  deliveries: NewDelivery[],
): Promise<Map<string, number>> {
  const dropped = new Map<string, number>();
  for (const alert of new Set(deliveries.map((delivery) => delivery.alert))) {
    const wanted = deliveries.filter((delivery) => delivery.alert === alert);
    const [waiting] = await manager.query<{ n: number }[]>(
      `SELECT count(*) AS n FROM
         (SELECT 1 FROM alert_delivery WHERE alert = ? AND next_ms IS NOT NULL LIMIT ${MOST_WAITING_DELIVERIES})`,
      [alert],
    );
    const room = Math.max(0, MOST_WAITING_DELIVERIES - waiting!.n);
    if (wanted.length > room) dropped.set(alert, wanted.length - room);
    const rows = wanted
      .slice(0, room)
      .map(({ instant, fields }) => [
        randomUUID(),
        alert,
        instant.timestampMs,
        instant.subNs,
        fields,
        Date.now(),
      ]);
    await manager.query(
      `INSERT INTO alert_delivery (uuid, alert, timestamp_ms, sub_ns, fields, created_ms, next_ms)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 5
       FROM json_each(?)`,
      [JSON.stringify(rows)],
    );
  }
  return dropped;
}
