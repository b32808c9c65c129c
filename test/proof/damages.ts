import type { RunScope } from '#src/backup/run-scope.js';
import type { Run } from '#src/backup/run.entity.js';
import { evilEdits } from '../faults/evil-edits.js';
import { archiveOf, BAD_FILES, type Backups, changedBy, withBytes } from '../verify/known-files.js';

/** Two rounds of backups of one server: the older one, and the one that is damaged. */
export interface Good {
  older: Backups;
  backups: Backups;
  archive: Buffer;
}

/**
 * A backup that is not the one that was made, while everything that the catalogue says of its bytes is true of them: only what
 * looks into it can find out.
 */
export interface WrongContent {
  what: string;
  database: RunScope;
  /** The check that must find it; empty where several may. */
  check: string;
  /** What the error names. */
  text?: RegExp;
  make: (good: Good) => Buffer | Promise<Buffer>;
  /** What the catalogue says instead of the truth. */
  facts?: Partial<Run>;
}

const PAGE = 4096;

function exchanged(bytes: Buffer, one: number, other: number): Buffer {
  const changed = Buffer.from(bytes);
  bytes.copy(changed, one * PAGE, other * PAGE, (other + 1) * PAGE);
  bytes.copy(changed, other * PAGE, one * PAGE, (one + 1) * PAGE);
  return changed;
}

const COUNTED_USERS = `UPDATE manifest SET row_counts = json_set(row_counts, '$.users', (SELECT count(*) FROM users))`;

const FROM_BAD_FILES: WrongContent[] = BAD_FILES.map(({ what, database, check, make }) => ({
  what,
  database,
  check,
  make: ({ backups }) => make(backups),
}));

const FROM_EVIL_EDITS: WrongContent[] = (['auth', 'config', 'logs'] as const).flatMap((database) =>
  evilEdits(database)
    .filter(([, verdict]) => verdict === 'refused')
    .map(([what, , statements]) => ({
      what: `${what} (${database})`,
      database,
      check: '',
      make: ({ backups }) => changedBy(backups[database], statements.join('; ')),
    })),
);

const PAGES: WrongContent[] = [
  {
    what: 'a bit of the head of a page flipped',
    database: 'auth',
    check: '',
    make: ({ backups }) => withBytes(backups.auth, PAGE, backups.auth[PAGE]! ^ 0x40),
  },
  {
    what: 'two pages exchanged',
    database: 'logs',
    check: '',
    make: ({ backups }) => exchanged(backups.logs, 2, 3),
  },
  {
    what: 'a page of zeros',
    database: 'config',
    check: '',
    make: ({ backups }) => Buffer.from(backups.config).fill(0, 2 * PAGE, 3 * PAGE),
  },
  {
    what: 'a page in use among the free ones',
    database: 'auth',
    check: 'structure',
    make: ({ backups }) => withBytes(backups.auth, 32, 0, 0, 0, 3, 0, 0, 0, 1),
  },
  {
    what: 'more pages than the header says, and the header agrees with the length',
    database: 'logs',
    check: 'structure',
    make: ({ backups }) => {
      const longer = Buffer.concat([backups.logs, Buffer.alloc(PAGE)]);
      longer.writeUInt32BE(longer.length / PAGE, 28);
      return longer;
    },
  },
  {
    what: 'a table that nobody made',
    database: 'config',
    check: 'schema',
    make: ({ backups }) => changedBy(backups.config, 'CREATE TABLE more (x)'),
  },
];

const OTHER_BACKUPS: WrongContent[] = [
  {
    what: 'the backup of another database',
    database: 'auth',
    check: 'kind',
    text: /it is a backup of config, not of auth/,
    make: ({ backups }) => backups.config,
  },
  {
    what: 'the backup of one database for one of all',
    database: 'all',
    check: 'kind',
    text: /it is a backup of logs, not of all/,
    make: ({ backups }) => backups.logs,
  },
  {
    what: 'the backup of all databases for one',
    database: 'logs',
    check: 'kind',
    text: /it is a backup of all, not of logs/,
    make: ({ archive }) => archive,
  },
  {
    what: 'an older backup of the same database',
    database: 'logs',
    check: 'catalogue',
    text: /the instant of the logs database in it is \d/,
    make: ({ older }) => older.logs,
  },
  {
    what: 'an older backup among newer ones',
    database: 'all',
    check: 'catalogue',
    text: /of the config database in it/,
    make: ({ older, backups }) => archiveOf({ ...backups, config: older.config }),
  },
  {
    what: 'another instant',
    database: 'config',
    check: 'catalogue',
    text: /the instant of the config database in it is 2020-01-01T00:00:00.000Z/,
    make: ({ backups }) =>
      changedBy(backups.config, `UPDATE manifest SET instant = '2020-01-01T00:00:00.000Z'`),
  },
  {
    what: 'a user more, and the manifest counts it',
    database: 'auth',
    check: 'catalogue',
    text: /the number of rows of the auth database in it is \{"users":3/,
    make: ({ backups }) =>
      changedBy(
        backups.auth,
        `INSERT INTO users SELECT 'mallory', password_hash FROM users LIMIT 1; ${COUNTED_USERS}`,
      ),
  },
  {
    what: 'a user less, and the manifest does not count it',
    database: 'auth',
    check: 'catalogue',
    text: /number of rows/,
    make: ({ backups }) =>
      changedBy(
        backups.auth,
        `DELETE FROM user_roles WHERE "user" = 'ann'; DELETE FROM users WHERE name = 'ann'; ${COUNTED_USERS}`,
      ),
  },
  {
    what: 'a manifest that counts otherwise',
    database: 'auth',
    check: 'rows',
    text: /the manifest promises 7 users, the file has 2/,
    make: ({ backups }) =>
      changedBy(backups.auth, `UPDATE manifest SET row_counts = json_set(row_counts, '$.users', 7)`),
  },
  {
    what: 'a catalogue that counts otherwise',
    database: 'config',
    check: 'catalogue',
    text: /the catalogue says \{"transformers":9/,
    make: ({ backups }) => backups.config,
    facts: { rowCounts: { transformers: 9, pipelines: 1, alerts: 0 } },
  },
  {
    what: 'a catalogue that names another version',
    database: 'config',
    check: 'catalogue',
    text: /the schema version of the config database in it is 1, the catalogue says 7/,
    make: ({ backups }) => backups.config,
    facts: { schemaVersion: 7 },
  },
];

const ARCHIVES: WrongContent[] = [
  {
    what: 'an archive with a bad member',
    database: 'all',
    check: 'references',
    text: /auth\.db in it: /,
    make: async ({ backups }) => {
      const auth = await changedBy(backups.auth, `UPDATE tokens SET "user" = 'nobody'`);
      return archiveOf({ ...backups, auth });
    },
  },
  {
    what: 'an archive whose manifest counts otherwise',
    database: 'all',
    check: 'archive',
    make: ({ backups }) => archiveOf(backups, (manifest) => (manifest.databases.auth.rows.users = 9)),
  },
  {
    what: 'an archive with a bit flipped in a member',
    database: 'all',
    check: 'archive',
    text: /SHA-256/,
    make: ({ archive }) => withBytes(archive, 9000, archive[9000]! ^ 1),
  },
  {
    what: 'an archive that is cut',
    database: 'all',
    check: 'archive',
    text: /cut short/,
    make: ({ archive }) => archive.subarray(0, archive.length - 20_000),
  },
  {
    what: 'an archive without an end',
    database: 'all',
    check: 'archive',
    make: ({ archive }) => archive.subarray(0, archive.length - 1024),
  },
  {
    what: 'an archive with something behind it',
    database: 'all',
    check: 'archive',
    make: ({ archive }) => Buffer.concat([archive, Buffer.alloc(512, 1)]),
  },
];

export const WRONG_CONTENTS: WrongContent[] = [
  ...FROM_BAD_FILES,
  ...FROM_EVIL_EDITS,
  ...PAGES,
  ...OTHER_BACKUPS,
  ...ARCHIVES,
];

/** A stored copy whose bytes are not what was written. */
export interface WrongBytes {
  what: string;
  change: (stored: Buffer) => Buffer;
  /** Whether the catalogue may say that these bytes were written, so that only unpacking them tells. */
  unpackingTells: { gzip: RegExp; sealed: RegExp };
}

const flipped = (bytes: Buffer, at: number) => withBytes(bytes, at, bytes[at]! ^ 1);

export const WRONG_BYTES: WrongBytes[] = [
  {
    what: 'nothing left in it',
    change: () => Buffer.alloc(0),
    unpackingTells: { gzip: /ends in the middle/, sealed: /ends in the middle/ },
  },
  {
    what: 'a first bit flipped',
    change: (stored) => flipped(stored, 0),
    unpackingTells: { gzip: /is damaged/, sealed: /the header of the sealed file/ },
  },
  {
    what: 'a bit flipped in its middle',
    change: (stored) => flipped(stored, Math.floor(stored.length / 2)),
    unpackingTells: { gzip: /is damaged|the check "/, sealed: /is damaged/ },
  },
  {
    what: 'the last bit flipped',
    change: (stored) => flipped(stored, stored.length - 1),
    unpackingTells: { gzip: /is damaged/, sealed: /its last part is damaged/ },
  },
  {
    what: 'a sum that is not right',
    change: (stored) => flipped(stored, stored.length - 8),
    unpackingTells: { gzip: /is damaged/, sealed: /its last part is damaged/ },
  },
  {
    what: 'its last byte missing',
    change: (stored) => stored.subarray(0, -1),
    unpackingTells: { gzip: /ends in the middle/, sealed: /its last part is damaged/ },
  },
  {
    what: 'its second half missing',
    change: (stored) => stored.subarray(0, stored.length / 2),
    unpackingTells: { gzip: /ends in the middle/, sealed: /ends in the middle/ },
  },
  {
    what: 'zeros behind it',
    change: (stored) => Buffer.concat([stored, Buffer.alloc(1000)]),
    unpackingTells: { gzip: /1000 bytes stand behind/, sealed: /is damaged/ },
  },
  {
    what: 'its own end once more behind it',
    change: (stored) => Buffer.concat([stored, stored.subarray(-200)]),
    unpackingTells: { gzip: /is damaged|stand behind/, sealed: /is damaged/ },
  },
  {
    what: 'two quarters exchanged',
    change: (stored) => {
      const [first, second, third, last] = quarters(stored);
      return Buffer.concat([first!, third!, second!, last!]);
    },
    unpackingTells: { gzip: /is damaged|the check "/, sealed: /is damaged/ },
  },
  {
    what: 'a quarter missing',
    change: (stored) => {
      const [first, , third, last] = quarters(stored);
      return Buffer.concat([first!, third!, last!]);
    },
    unpackingTells: { gzip: /is damaged|in the middle|the check "/, sealed: /is damaged/ },
  },
];

function quarters(bytes: Buffer): Buffer[] {
  const size = Math.ceil(bytes.length / 4);
  return [0, 1, 2, 3].map((quarter) => bytes.subarray(quarter * size, (quarter + 1) * size));
}
