import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Gauge, register } from 'prom-client';
import { Databases } from '../database/databases.js';
import type { SqliteDatabase } from '../database/sqlite/sqlite-database.js';

/** Everything that is counted anywhere in the server, and how the databases are right now, as Prometheus text. */
@Injectable()
export class Metrics {
  readonly contentType = register.contentType;

  constructor(databases: Databases) {
    collectDefaultMetrics();
    for (const [name, help, look] of DATABASE_GAUGES)
      register.registerMetric(gauge(databases, name, help, look));
  }

  text(): Promise<string> {
    return register.metrics();
  }
}

type Look = (database: SqliteDatabase) => number | Promise<number>;

const DATABASE_GAUGES: [name: string, help: string, look: Look][] = [
  ['flowg_database_wal_bytes', 'Size of the write-ahead log', (database) => database.walBytes()],
  [
    'flowg_database_pinned_snapshots',
    'Backups that hold back the write-ahead log',
    (database) => database.pinnedSnapshots,
  ],
  ['flowg_database_write_queue_depth', 'Writes that wait for their turn', (database) => database.queueDepth],
  [
    'flowg_database_generation',
    'Number of the live generation: each restore makes a new one',
    (database) => database.generation,
  ],
];

function gauge(databases: Databases, name: string, help: string, look: Look): Gauge {
  return new Gauge({
    name,
    help,
    labelNames: ['database'],
    registers: [],
    async collect() {
      for (const database of databases.all()) this.set({ database: database.name }, await look(database));
    },
  });
}
