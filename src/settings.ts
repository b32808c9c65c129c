import type { BlockList } from 'node:net';
import { isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { type DestinationSettings, destinationsShape } from './backup/destinations/destination-settings.js';
import type { ScheduleDefinition } from './backup/schedules/schedule.js';
import { scheduleList } from './backup/schedules/schedule.schema.js';
import { nameSchema } from './http/name.schema.js';
import {
  addressList,
  type BindAddress,
  bindAddress,
  flag,
  jsonValue,
  oneOf,
  originList,
  path,
  wholeNumber,
} from './setting-values.js';

/**
 * Every setting of the server in one table, read from the environment once. Nothing else reads the environment,
 * so this page is the whole truth about configuration. Names and defaults follow FlowG v0.27 where it has them.
 */
const table = z.object({
  FLOWG_SECRET_KEY: z.string().min(16, 'at least 16 characters').optional(),
  FLOWG_VERBOSE: flag,
  FLOWG_LOG_FORMAT: oneOf('text', 'json'),

  FLOWG_HTTP_BIND_ADDRESS: bindAddress('127.0.0.1:5080'),
  FLOWG_HTTP_TLS_ENABLED: flag,
  FLOWG_HTTP_TLS_CERT: path.optional(),
  FLOWG_HTTP_TLS_KEY: path.optional(),
  FLOWG_TRUSTED_PROXIES: addressList.optional(),
  FLOWG_HTTP_CORS_ORIGINS: originList.optional(),
  FLOWG_HTTP_BODY_LIMIT_MB: wholeNumber(16, 'mebibytes', 1),

  FLOWG_MGMT_BIND_ADDRESS: bindAddress('127.0.0.1:9113'),
  FLOWG_MGMT_TLS_ENABLED: flag,
  FLOWG_MGMT_TLS_CERT: path.optional(),
  FLOWG_MGMT_TLS_KEY: path.optional(),

  FLOWG_TLS_RELOAD_SECONDS: wholeNumber(30, 'seconds', 1),

  FLOWG_SYSLOG_PROTOCOL: oneOf('udp', 'tcp'),
  FLOWG_SYSLOG_BIND_ADDRESS: bindAddress('127.0.0.1:5514'),
  FLOWG_SYSLOG_ALLOW_ORIGINS: addressList.optional(),
  FLOWG_SYSLOG_QUEUE_SIZE: wholeNumber(10_000, 'messages', 1),
  FLOWG_SYSLOG_TLS_ENABLED: flag,
  FLOWG_SYSLOG_TLS_CERT: path.optional(),
  FLOWG_SYSLOG_TLS_KEY: path.optional(),
  FLOWG_SYSLOG_TLS_AUTH: flag,
  FLOWG_SYSLOG_TLS_CA: path.optional(),

  FLOWG_DATA_DIR: path.prefault('./data'),
  FLOWG_AUTH_DIR: path.optional(),
  FLOWG_CONFIG_DIR: path.optional(),
  FLOWG_LOG_DIR: path.optional(),
  FLOWG_BACKUP_DIR: path.optional(),

  FLOWG_AUTH_INITIAL_USER: nameSchema.prefault('root'),
  FLOWG_AUTH_INITIAL_PASSWORD: z.string().optional(),
  FLOWG_AUTH_RESET_USER: nameSchema.optional(),
  FLOWG_AUTH_RESET_PASSWORD: z.string().optional(),

  FLOWG_LOG_DURABILITY: oneOf('full', 'normal'),
  FLOWG_RECORD_VALUE_LIMIT_KB: wholeNumber(4096, 'kibibytes', 1),
  FLOWG_WATCH_HEARTBEAT_SECONDS: wholeNumber(15, 'seconds', 1),
  FLOWG_WATCH_QUEUE_SIZE: wholeNumber(1000, 'logs', 1),

  FLOWG_VRL_WORKERS: wholeNumber(0, 'workers'),
  FLOWG_VRL_TIMEOUT_MS: wholeNumber(1000, 'milliseconds', 1),
  FLOWG_VRL_MEMORY_MB: wholeNumber(256, 'mebibytes', 64),

  FLOWG_ALERT_CONNECT_TIMEOUT_SECONDS: wholeNumber(5, 'seconds', 1),
  FLOWG_ALERT_TIMEOUT_SECONDS: wholeNumber(10, 'seconds', 1),
  FLOWG_ALERT_RETRY_HOURS: wholeNumber(24, 'hours'),
  FLOWG_ALERT_FORBID_PRIVATE_ADDRESSES: flag,

  FLOWG_BACKUP_DESTINATIONS: jsonValue(destinationsShape).prefault('{}'),
  FLOWG_BACKUP_SCHEDULES: jsonValue(scheduleList).prefault('[]'),

  FLOWG_DISK_RESERVE_MB: wholeNumber(64, 'mebibytes'),
  FLOWG_SNAPSHOT_WAL_BUDGET_MB: wholeNumber(64, 'mebibytes'),
  FLOWG_TRANSFER_IDLE_SECONDS: wholeNumber(120, 'seconds', 1),
  FLOWG_UNDO_COUNT: wholeNumber(3, 'restores'),
  FLOWG_UNDO_HOURS: wholeNumber(24, 'hours', 1),
  FLOWG_SHUTDOWN_SECONDS: wholeNumber(10, 'seconds'),

  /** For the fault tests only: see `failpoints.ts`. */
  FLOWG_TEST_FAILPOINTS: z.string().optional(),
});

export interface TlsFiles {
  cert: string;
  key: string;
}

export interface HttpSettings {
  address: BindAddress;
  tls?: TlsFiles;
  /** Who is believed when they say for whom they hand a request on; undefined: nobody. */
  trustedProxies?: BlockList;
  /** Whose pages may use the API from a browser; undefined: nobody's. */
  corsOrigins?: string[];
  bodyLimitBytes: number;
}

export interface SyslogSettings {
  protocol: 'udp' | 'tcp';
  address: BindAddress;
  /** Who may send; undefined: everybody. */
  allowedOrigins?: BlockList;
  /** Messages that may wait to be processed. */
  queueSize: number;
  /** With `requireCertificate` a client must show a certificate signed by `ca`, or by a well-known authority. */
  tls?: TlsFiles & { requireCertificate: boolean; ca?: string };
}

export interface VrlSettings {
  /** Worker threads at the most. 0: as many as suit the machine. */
  workers: number;
  /** Milliseconds that a script may work on one record. */
  timeoutMs: number;
  /** Bytes that a script may use in its worker. */
  memoryBytes: number;
}

export interface AlertSettings {
  connectTimeoutSeconds: number;
  /** From the beginning of an attempt to the end of its answer. */
  timeoutSeconds: number;
  /** How long a delivery that fails is tried again. */
  retryHours: number;
  forbidPrivateAddresses: boolean;
}

export interface Settings {
  secretKey?: string;
  verbose: boolean;
  /** Of the server's own log. */
  logFormat: 'text' | 'json';
  http: HttpSettings;
  management: { address: BindAddress; tls?: TlsFiles };
  /** How often certificate files are looked at for a renewal. */
  tlsReloadSeconds: number;
  syslog: SyslogSettings;
  dataDir: string;
  /** Absolute folder of each database. */
  databaseDirs: { auth: string; config: string; logs: string; backup: string };
  initialUser: { name: string; password?: string };
  /** Whose password is set at the start. */
  resetUser?: { name: string; password: string };
  logDurability: 'full' | 'normal';
  /** Bytes, in UTF-8, that one value of a record may have. */
  recordValueBytes: number;
  /** `queueSize`: logs that may wait for a client of a watch that is too slow. */
  watch: { heartbeatSeconds: number; queueSize: number };
  vrl: VrlSettings;
  alerts: AlertSettings;
  /** Where backups can be put, by name. */
  backupDestinations: Record<string, DestinationSettings>;
  backupSchedules: ScheduleDefinition[];
  /** Bytes of disk that backups and restores leave free. */
  diskReserveBytes: number;
  /** Bytes of write-ahead log that a backup may hold back before the rest of it is put aside. */
  walBudgetBytes: number;
  /** Seconds without a byte after which an upload or download is given up. */
  transferIdleSeconds: number;
  /** Newest restores of each database that can be undone. */
  undoCount: number;
  /** How long a restore can be undone. */
  undoMilliseconds: number;
  shutdownSeconds: number;
  failpoints?: string;
}

/** Stops the start: the message is one line that names the variable, its value and what is accepted. */
export class SettingsError extends Error {}

const SECRET_VARIABLES = new Set([
  'FLOWG_SECRET_KEY',
  'FLOWG_AUTH_INITIAL_PASSWORD',
  'FLOWG_AUTH_RESET_PASSWORD',
  // No secret belongs there, which does not mean that nobody ever writes one there.
  'FLOWG_BACKUP_DESTINATIONS',
  'FLOWG_BACKUP_SCHEDULES',
]);
const KIBIBYTE = 1024;
const HOUR_MILLISECONDS = 60 * 60 * 1000;
const MEBIBYTE = 1024 * KIBIBYTE;

type Values = z.infer<typeof table>;

/**
 * Reads the settings. An empty value counts as unset, as in the reference.
 * @throws SettingsError for the first bad value.
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const values = readTable(environment);
  const dataDir = resolve(values.FLOWG_DATA_DIR);
  const folder = (own: string | undefined, standard: string) =>
    own === undefined ? join(dataDir, standard) : isAbsolute(own) ? own : resolve(own);
  return {
    secretKey: values.FLOWG_SECRET_KEY,
    verbose: values.FLOWG_VERBOSE,
    logFormat: values.FLOWG_LOG_FORMAT,
    http: {
      address: values.FLOWG_HTTP_BIND_ADDRESS,
      tls: tlsFiles('HTTP', values),
      trustedProxies: values.FLOWG_TRUSTED_PROXIES,
      corsOrigins: values.FLOWG_HTTP_CORS_ORIGINS,
      bodyLimitBytes: values.FLOWG_HTTP_BODY_LIMIT_MB * MEBIBYTE,
    },
    management: { address: values.FLOWG_MGMT_BIND_ADDRESS, tls: tlsFiles('MGMT', values) },
    tlsReloadSeconds: values.FLOWG_TLS_RELOAD_SECONDS,
    syslog: syslogSettings(values),
    dataDir,
    databaseDirs: {
      auth: folder(values.FLOWG_AUTH_DIR, 'auth'),
      config: folder(values.FLOWG_CONFIG_DIR, 'config'),
      logs: folder(values.FLOWG_LOG_DIR, 'logs'),
      backup: folder(values.FLOWG_BACKUP_DIR, 'backup'),
    },
    initialUser: { name: values.FLOWG_AUTH_INITIAL_USER, password: values.FLOWG_AUTH_INITIAL_PASSWORD },
    resetUser: resetUser(values),
    logDurability: values.FLOWG_LOG_DURABILITY,
    recordValueBytes: values.FLOWG_RECORD_VALUE_LIMIT_KB * KIBIBYTE,
    watch: {
      heartbeatSeconds: values.FLOWG_WATCH_HEARTBEAT_SECONDS,
      queueSize: values.FLOWG_WATCH_QUEUE_SIZE,
    },
    vrl: {
      workers: values.FLOWG_VRL_WORKERS,
      timeoutMs: values.FLOWG_VRL_TIMEOUT_MS,
      memoryBytes: values.FLOWG_VRL_MEMORY_MB * MEBIBYTE,
    },
    alerts: {
      connectTimeoutSeconds: values.FLOWG_ALERT_CONNECT_TIMEOUT_SECONDS,
      timeoutSeconds: values.FLOWG_ALERT_TIMEOUT_SECONDS,
      retryHours: values.FLOWG_ALERT_RETRY_HOURS,
      forbidPrivateAddresses: values.FLOWG_ALERT_FORBID_PRIVATE_ADDRESSES,
    },
    backupDestinations: values.FLOWG_BACKUP_DESTINATIONS,
    backupSchedules: schedules(values),
    diskReserveBytes: values.FLOWG_DISK_RESERVE_MB * MEBIBYTE,
    walBudgetBytes: values.FLOWG_SNAPSHOT_WAL_BUDGET_MB * MEBIBYTE,
    transferIdleSeconds: values.FLOWG_TRANSFER_IDLE_SECONDS,
    undoCount: values.FLOWG_UNDO_COUNT,
    undoMilliseconds: values.FLOWG_UNDO_HOURS * HOUR_MILLISECONDS,
    shutdownSeconds: values.FLOWG_SHUTDOWN_SECONDS,
    failpoints: values.FLOWG_TEST_FAILPOINTS,
  };
}

/** Names of `FLOWG_*` variables that no setting answers to: most likely a typing error, worth a warning. */
export function unknownSettings(environment: Record<string, string | undefined>): string[] {
  return Object.keys(environment).filter((name) => name.startsWith('FLOWG_') && !(name in table.shape));
}

function readTable(environment: Record<string, string | undefined>): Values {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => name.startsWith('FLOWG_') && value !== ''),
  );
  const parsed = table.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const name = String(issue.path[0]);
  const shown = SECRET_VARIABLES.has(name) ? '(a secret)' : JSON.stringify(given[name]);
  throw new SettingsError(`${name}=${shown} is not valid: expected ${issue.message}`);
}

function tlsFiles(listener: 'HTTP' | 'MGMT' | 'SYSLOG', values: Values): TlsFiles | undefined {
  if (!values[`FLOWG_${listener}_TLS_ENABLED`]) return undefined;
  const cert = values[`FLOWG_${listener}_TLS_CERT`];
  const key = values[`FLOWG_${listener}_TLS_KEY`];
  if (cert === undefined || key === undefined) {
    const missing = cert === undefined ? 'CERT' : 'KEY';
    throw new SettingsError(`FLOWG_${listener}_TLS_${missing} is not set: expected the path of a PEM file`);
  }
  return { cert, key };
}

function resetUser(values: Values): Settings['resetUser'] {
  const { FLOWG_AUTH_RESET_USER: name, FLOWG_AUTH_RESET_PASSWORD: password } = values;
  if (name === undefined && password === undefined) return undefined;
  if (name === undefined)
    throw new SettingsError(
      'FLOWG_AUTH_RESET_USER is not set: expected whose FLOWG_AUTH_RESET_PASSWORD it is',
    );
  if (password === undefined)
    throw new SettingsError('FLOWG_AUTH_RESET_PASSWORD is not set: expected with FLOWG_AUTH_RESET_USER');
  return { name, password };
}

function schedules(values: Values): ScheduleDefinition[] {
  const known = values.FLOWG_BACKUP_DESTINATIONS;
  for (const { name, destination } of values.FLOWG_BACKUP_SCHEDULES)
    if (!Object.hasOwn(known, destination))
      throw new SettingsError(
        `FLOWG_BACKUP_SCHEDULES is not valid: the schedule ${JSON.stringify(name)} names the destination ` +
          `${JSON.stringify(destination)}: expected one of FLOWG_BACKUP_DESTINATIONS`,
      );
  return values.FLOWG_BACKUP_SCHEDULES;
}

function syslogSettings(values: Values): SyslogSettings {
  const protocol = values.FLOWG_SYSLOG_PROTOCOL;
  const files = tlsFiles('SYSLOG', values);
  if (files && protocol === 'udp')
    throw new SettingsError('FLOWG_SYSLOG_TLS_ENABLED is set: expected FLOWG_SYSLOG_PROTOCOL=tcp with it');
  return {
    protocol,
    address: values.FLOWG_SYSLOG_BIND_ADDRESS,
    allowedOrigins: values.FLOWG_SYSLOG_ALLOW_ORIGINS,
    queueSize: values.FLOWG_SYSLOG_QUEUE_SIZE,
    tls: files && {
      ...files,
      requireCertificate: values.FLOWG_SYSLOG_TLS_AUTH,
      ca: values.FLOWG_SYSLOG_TLS_CA,
    },
  };
}

/** Injection token of the `Settings`. */
export const SETTINGS = Symbol('settings');
