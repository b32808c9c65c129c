import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an entry counts for besides its fields; part of this version for good, whatever the code says later. */
const ENTRY_OVERHEAD_BYTES = 64;
/** Fields of one stream that can be indexed; of a longer list, which version 1 took, the first ones are. */
const MOST_INDEXES = 100;

/** Schema version 2: retention by age and size, indexes of fields, alerts to be delivered. */
export class RetentionIndexesDeliveries1764100000000 implements MigrationInterface {
  name = 'RetentionIndexesDeliveries1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    await addRetention(runner);
    await addIndexes(runner);
    await addDeliveries(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['alert_delivery', 'indexed_value', 'stream_index'])
      await runner.query(`DROP TABLE ${table}`);
    await runner.query('DROP INDEX entry_by_expiry');
    await runner.query('ALTER TABLE entry DROP COLUMN expires_ms');
    for (const column of ['hidden_bytes', 'floor_id', 'floor_ms', 'entry_bytes'])
      await runner.query(`ALTER TABLE stream DROP COLUMN ${column}`);
  }
}

async function addRetention(runner: QueryRunner): Promise<void> {
  await runner.query(
    'ALTER TABLE stream ADD COLUMN entry_bytes INTEGER NOT NULL DEFAULT 0 CHECK (entry_bytes >= 0)',
  );
  // What lies at the floor or below it is over the size of the stream: gone for everybody, and being removed.
  await runner.query('ALTER TABLE stream ADD COLUMN floor_ms INTEGER NULL');
  await runner.query(
    'ALTER TABLE stream ADD COLUMN floor_id INTEGER NULL CHECK ((floor_id IS NULL) = (floor_ms IS NULL))',
  );
  await runner.query(
    `ALTER TABLE stream ADD COLUMN hidden_bytes INTEGER NOT NULL DEFAULT 0
       CHECK (hidden_bytes BETWEEN 0 AND entry_bytes)`,
  );
  await runner.query(
    `UPDATE stream SET entry_bytes = (
       SELECT coalesce(sum(octet_length(fields) + ${ENTRY_OVERHEAD_BYTES}), 0) FROM entry WHERE stream_id = stream.id)`,
  );
  await runner.query('ALTER TABLE entry ADD COLUMN expires_ms INTEGER NULL CHECK (expires_ms >= 0)');
  await runner.query('CREATE INDEX entry_by_expiry ON entry (expires_ms) WHERE expires_ms IS NOT NULL');
}

async function addIndexes(runner: QueryRunner): Promise<void> {
  // `field` is a JSON string, null when the index was given up and is being emptied. While `until_id` is set the index
  // is being built: entries up to that id, in the order of time, behind (`built_ms`, `built_id`), are still to come.
  await runner.query(`
    CREATE TABLE stream_index (
      id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 4503599627370495),
      stream_id INTEGER NOT NULL REFERENCES stream (id),
      field TEXT NULL CHECK (json_valid(field) AND json_type(field) = 'text'),
      until_id INTEGER NULL CHECK (until_id >= 0),
      built_ms INTEGER NOT NULL DEFAULT -1,
      built_id INTEGER NOT NULL DEFAULT 0,
      built_count INTEGER NOT NULL DEFAULT 0 CHECK (built_count >= 0),
      total_count INTEGER NOT NULL DEFAULT 0 CHECK (total_count >= 0),
      UNIQUE (stream_id, field)
    ) STRICT`);
  // The first bytes of a value: enough to find few entries, which are looked at again. In a schema stand only functions
  // that a `sqlite3` of some years ago has, or it could not open a backup.
  await runner.query(`
    CREATE TABLE indexed_value (
      index_id INTEGER NOT NULL REFERENCES stream_index (id),
      value BLOB NOT NULL CHECK (length(value) <= 64),
      timestamp_ms INTEGER NOT NULL,
      entry_id INTEGER NOT NULL,
      PRIMARY KEY (index_id, value, timestamp_ms, entry_id)
    ) STRICT, WITHOUT ROWID`);
  const streams = (await runner.query(
    'SELECT id, indexed_fields AS fields, entry_count AS n FROM stream',
  )) as {
    id: number;
    fields: string;
    n: number;
  }[];
  for (const { id, fields, n } of streams) {
    const wanted = [...new Set(JSON.parse(fields) as string[])].slice(0, MOST_INDEXES);
    for (const field of wanted) {
      await runner.query(
        `INSERT INTO stream_index (stream_id, field, until_id, total_count)
         SELECT ?, ?, coalesce(max(id), 0), ? FROM entry`,
        [id, JSON.stringify(field), n],
      );
    }
  }
}

async function addDeliveries(runner: QueryRunner): Promise<void> {
  // In the database of the entries, so that an alert is owed exactly when the log it tells of is stored. The address
  // and its secrets stay in the config database.
  await runner.query(`
    CREATE TABLE alert_delivery (
      id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 4503599627370495),
      uuid TEXT NOT NULL CHECK (length(uuid) = 36),
      alert TEXT NOT NULL CHECK (alert <> ''),
      timestamp_ms INTEGER NOT NULL CHECK (timestamp_ms BETWEEN 0 AND 253402300799999),
      sub_ns INTEGER NOT NULL CHECK (sub_ns BETWEEN 0 AND 999999),
      fields TEXT NOT NULL CHECK (json_valid(fields) AND json_type(fields) = 'object'),
      created_ms INTEGER NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
      next_ms INTEGER NULL,
      outcome TEXT NULL CHECK (outcome IN ('delivered', 'failed', 'suspended')),
      ended_ms INTEGER NULL,
      status INTEGER NULL,
      error TEXT NULL,
      CHECK ((next_ms IS NULL) = (outcome IS NOT NULL))
    ) STRICT`);
  await runner.query(
    'CREATE INDEX alert_delivery_due ON alert_delivery (alert, next_ms, id) WHERE next_ms IS NOT NULL',
  );
  await runner.query('CREATE INDEX alert_delivery_ended ON alert_delivery (alert, id) WHERE next_ms IS NULL');
}
