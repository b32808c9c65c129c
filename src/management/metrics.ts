import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Gauge, register } from 'prom-client';
import { Databases } from '../database/databases.js';

/** Everything that is counted anywhere in the server, and how the databases are right now, as Prometheus text. */
@Injectable()
export class Metrics {
  readonly contentType = register.contentType;

  constructor(databases: Databases) {
    collectDefaultMetrics();
    describeDatabases(databases);
  }

  text(): Promise<string> {
    return register.metrics();
  }
}

function describeDatabases(databases: Databases): void {
  const labelNames = ['database'];
  new Gauge({
    name: 'flowg_database_wal_bytes',
    help: 'Size of the write-ahead log',
    labelNames,
    async collect() {
      for (const database of databases.all())
        this.set({ database: database.name }, await database.walBytes());
    },
  });
  new Gauge({
    name: 'flowg_database_write_queue_depth',
    help: 'Writes that wait for their turn',
    labelNames,
    collect() {
      for (const database of databases.all()) this.set({ database: database.name }, database.queueDepth);
    },
  });
  new Gauge({
    name: 'flowg_database_generation',
    help: 'Number of the live generation: each restore makes a new one',
    labelNames,
    collect() {
      for (const database of databases.all()) this.set({ database: database.name }, database.generation);
    },
  });
}
