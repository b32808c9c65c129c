import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Instant } from '../instant.js';
import { LogsDatabase } from '../logs.database.js';
import { insertDeliveries, type NewDelivery } from './insert-deliveries.store.js';

/** Deliveries that have ended are kept for people to look at, so many of each alert. */
const KEPT_PER_ALERT = 100;

/** A delivery that waits for its time. */
export interface DueDelivery extends Instant {
  id: number;
  uuid: string;
  alert: string;
  /** JSON. */
  fields: string;
  attempts: number;
  createdMs: number;
}

/** What became of an attempt: ended, or to be tried again at `nextMs`. */
export interface Settlement {
  id: number;
  /** With the id: after a restore the same id may be another delivery. */
  uuid: string;
  alert: string;
  outcome: 'delivered' | 'failed' | null;
  nextMs: number | null;
  status: number | null;
  error: string | null;
}

/** A delivery as it is shown. */
export interface DeliveryRow {
  uuid: string;
  timestampMs: number;
  subNs: number;
  createdMs: number;
  attempts: number;
  nextMs: number | null;
  outcome: 'delivered' | 'failed' | 'suspended' | null;
  endedMs: number | null;
  status: number | null;
  error: string | null;
}

/** Alerts that are owed, and the last ones that no longer are. */
@Injectable()
export class DeliveriesStore {
  constructor(private readonly database: LogsDatabase) {}

  /** One that no log owes. @returns how many found no room. */
  async add(delivery: NewDelivery): Promise<number> {
    const dropped = await this.database.write((manager) => insertDeliveries(manager, [delivery]));
    return dropped.get(delivery.alert) ?? 0;
  }

  /** Names of alerts that have something due. @param nowMs Unix milliseconds. */
  async alertsDue(nowMs: number): Promise<string[]> {
    // From name to name along the index, past everything else that waits under them.
    const rows = await this.database.read((manager) =>
      manager.query<{ alert: string }[]>(
        `WITH RECURSIVE waiting (alert) AS (
           SELECT min(alert) FROM alert_delivery WHERE next_ms IS NOT NULL
           UNION ALL
           SELECT (SELECT min(next.alert) FROM alert_delivery AS next
                   WHERE next.next_ms IS NOT NULL AND next.alert > waiting.alert)
           FROM waiting WHERE waiting.alert IS NOT NULL)
         SELECT alert FROM waiting
         WHERE EXISTS (SELECT 1 FROM alert_delivery AS due
                       WHERE due.alert = waiting.alert AND due.next_ms IS NOT NULL AND due.next_ms <= ?)`,
        [nowMs],
      ),
    );
    return rows.map(({ alert }) => alert);
  }

  /** The next deliveries of an alert, at most `limit`, except those that are under way. */
  due(alert: string, nowMs: number, limit: number, underWay: number[]): Promise<DueDelivery[]> {
    return this.database.read((manager) =>
      manager.query<DueDelivery[]>(
        `SELECT id, uuid, alert, timestamp_ms AS timestampMs, sub_ns AS subNs, fields, attempts, created_ms AS createdMs
         FROM alert_delivery
         WHERE alert = ? AND next_ms IS NOT NULL AND next_ms <= ? AND id NOT IN (SELECT value FROM json_each(?))
         ORDER BY next_ms, id LIMIT ?`,
        [alert, nowMs, JSON.stringify(underWay), limit],
      ),
    );
  }

  /** Writes down what became of attempts. Those whose delivery is not there any more are left out of account. */
  async settle(settlements: Settlement[]): Promise<void> {
    await this.database.write(async (manager) => {
      for (const { id, uuid, outcome, nextMs, status, error } of settlements) {
        await manager.query(
          `UPDATE alert_delivery SET attempts = attempts + 1, outcome = ?, next_ms = ?, ended_ms = ?, status = ?, error = ?
           WHERE id = ? AND uuid = ? AND next_ms IS NOT NULL`,
          [outcome, nextMs, outcome && Date.now(), status, error, id, uuid],
        );
      }
      for (const alert of new Set(settlements.map((settlement) => settlement.alert)))
        await forgetOld(manager, alert);
    });
  }

  /** Ends what has waited since before an instant. @returns how many. */
  async giveUp(alert: string, createdBeforeMs: number, error: string): Promise<number> {
    return this.database.write(async (manager) => {
      await manager.query(
        `UPDATE alert_delivery SET outcome = 'failed', next_ms = NULL, ended_ms = ?, error = ?
         WHERE alert = ? AND next_ms IS NOT NULL AND created_ms < ?`,
        [Date.now(), error, alert, createdBeforeMs],
      );
      const [row] = await manager.query<{ n: number }[]>('SELECT changes() AS n');
      await forgetOld(manager, alert);
      return row!.n;
    });
  }

  /** How many wait, by alert. */
  async waiting(): Promise<Map<string, number>> {
    const rows = await this.database.read((manager) =>
      manager.query<{ alert: string; n: number }[]>(
        'SELECT alert, count(*) AS n FROM alert_delivery WHERE next_ms IS NOT NULL GROUP BY alert',
      ),
    );
    return new Map(rows.map(({ alert, n }) => [alert, n]));
  }

  /** The newest deliveries of an alert, newest first: at most `limit` that wait, and as many that have ended. */
  async list(alert: string, limit: number): Promise<DeliveryRow[]> {
    const columns = `id, uuid, timestamp_ms AS timestampMs, sub_ns AS subNs, created_ms AS createdMs, attempts,
      next_ms AS nextMs, outcome, ended_ms AS endedMs, status, error`;
    const rows = await this.database.read(async (manager) => {
      const newest = (state: string) =>
        manager.query<(DeliveryRow & { id: number })[]>(
          `SELECT ${columns} FROM alert_delivery WHERE alert = ? AND next_ms ${state} ORDER BY id DESC LIMIT ?`,
          [alert, limit],
        );
      return [...(await newest('IS NOT NULL')), ...(await newest('IS NULL'))];
    });
    return rows.toSorted((a, b) => b.id - a.id);
  }
}

async function forgetOld(manager: EntityManager, alert: string): Promise<void> {
  await manager.query(
    `DELETE FROM alert_delivery WHERE alert = ?1 AND next_ms IS NULL AND id <= (
       SELECT id FROM alert_delivery WHERE alert = ?1 AND next_ms IS NULL ORDER BY id DESC LIMIT 1 OFFSET ${KEPT_PER_ALERT})`,
    [alert],
  );
}
