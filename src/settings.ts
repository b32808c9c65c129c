import { isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { nameSchema } from './http/name.schema.js';

/**
 * Every setting of the server in one table, read from the environment once. Nothing else reads the environment,
 * so this page is the whole truth about configuration. Names and defaults follow FlowG v0.27 where it has them.
 */

const TRUE_WORDS = ['1', 't', 'T', 'true', 'TRUE', 'True'];
const FALSE_WORDS = ['0', 'f', 'F', 'false', 'FALSE', 'False'];

const flag = z
  .enum([...TRUE_WORDS, ...FALSE_WORDS], { error: 'true or false' })
  .transform((word) => TRUE_WORDS.includes(word))
  .prefault('false');

const path = z.string();

function wholeNumber(standard: number, unit: string, least = 0) {
  const accepted = `a whole number of ${unit}, ${least} or more`;
  return z
    .string()
    .regex(/^\d{1,12}$/, accepted)
    .transform(Number)
    .refine((value) => value >= least, accepted)
    .prefault(String(standard));
}

export interface BindAddress {
  host: string;
  port: number;
  /** True when only programs on this machine can reach the address. */
  loopback: boolean;
}

/** `host:port`, `[ipv6]:port`, or `:port` for every interface; port 0 lets the system choose. */
function bindAddress(standard: string) {
  return z
    .string()
    .transform((text, context): BindAddress => {
      const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text);
      const port = Number(parts?.[3]);
      if (!parts || port > 65535) {
        context.addIssue({ code: 'custom', message: 'host:port, [ipv6]:port or :port' });
        return z.NEVER;
      }
      const host = parts[1] ?? (parts[2] || '::');
      const loopback = host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
      return { host, port, loopback };
    })
    .prefault(standard);
}

const table = z.object({
  FLOWG_SECRET_KEY: z.string().min(16, 'at least 16 characters').optional(),
  FLOWG_VERBOSE: flag,

  FLOWG_HTTP_BIND_ADDRESS: bindAddress('127.0.0.1:5080'),
  FLOWG_HTTP_TLS_ENABLED: flag,
  FLOWG_HTTP_TLS_CERT: path.optional(),
  FLOWG_HTTP_TLS_KEY: path.optional(),
  FLOWG_HTTP_BODY_LIMIT_MB: wholeNumber(16, 'mebibytes', 1),

  FLOWG_MGMT_BIND_ADDRESS: bindAddress('127.0.0.1:9113'),
  FLOWG_MGMT_TLS_ENABLED: flag,
  FLOWG_MGMT_TLS_CERT: path.optional(),
  FLOWG_MGMT_TLS_KEY: path.optional(),

  FLOWG_DATA_DIR: path.prefault('./data'),
  FLOWG_AUTH_DIR: path.optional(),
  FLOWG_CONFIG_DIR: path.optional(),
  FLOWG_LOG_DIR: path.optional(),
  FLOWG_BACKUP_DIR: path.optional(),

  FLOWG_AUTH_INITIAL_USER: nameSchema.prefault('root'),
  FLOWG_AUTH_INITIAL_PASSWORD: z.string().optional(),

  FLOWG_LOG_DURABILITY: z.enum(['full', 'normal'], { error: 'full or normal' }).prefault('full'),
  FLOWG_DISK_RESERVE_MB: wholeNumber(64, 'mebibytes'),
  FLOWG_SNAPSHOT_WAL_BUDGET_MB: wholeNumber(64, 'mebibytes'),
  FLOWG_TRANSFER_IDLE_SECONDS: wholeNumber(120, 'seconds', 1),
  FLOWG_SHUTDOWN_SECONDS: wholeNumber(10, 'seconds'),

  /** For the fault tests only: see `failpoints.ts`. */
  FLOWG_TEST_FAILPOINTS: z.string().optional(),
});

export interface TlsFiles {
  cert: string;
  key: string;
}

export interface Settings {
  secretKey?: string;
  verbose: boolean;
  http: { address: BindAddress; tls?: TlsFiles; bodyLimitBytes: number };
  management: { address: BindAddress; tls?: TlsFiles };
  dataDir: string;
  /** Absolute folder of each database. */
  databaseDirs: { auth: string; config: string; logs: string; backup: string };
  initialUser: { name: string; password?: string };
  logDurability: 'full' | 'normal';
  /** Bytes of disk that backups and restores leave free. */
  diskReserveBytes: number;
  /** Bytes of write-ahead log that a backup may hold back before the rest of it is put aside. */
  walBudgetBytes: number;
  /** Seconds without a byte after which an upload or download is given up. */
  transferIdleSeconds: number;
  shutdownSeconds: number;
  failpoints?: string;
}

/** Stops the start: the message is one line that names the variable, its value and what is accepted. */
export class SettingsError extends Error {}

const SECRET_VARIABLES = new Set(['FLOWG_SECRET_KEY', 'FLOWG_AUTH_INITIAL_PASSWORD']);
const MEBIBYTE = 1024 * 1024;

/**
 * Reads the settings. An empty value counts as unset, as in the reference.
 * @throws SettingsError for the first bad value.
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => name.startsWith('FLOWG_') && value !== ''),
  );
  const parsed = table.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const name = String(issue.path[0]);
    const shown = SECRET_VARIABLES.has(name) ? '(a secret)' : JSON.stringify(given[name]);
    throw new SettingsError(`${name}=${shown} is not valid: expected ${issue.message}`);
  }
  const values = parsed.data;
  const dataDir = resolve(values.FLOWG_DATA_DIR);
  const folder = (own: string | undefined, standard: string) =>
    own === undefined ? join(dataDir, standard) : isAbsolute(own) ? own : resolve(own);
  return {
    secretKey: values.FLOWG_SECRET_KEY,
    verbose: values.FLOWG_VERBOSE,
    http: {
      address: values.FLOWG_HTTP_BIND_ADDRESS,
      tls: tlsFiles('HTTP', values),
      bodyLimitBytes: values.FLOWG_HTTP_BODY_LIMIT_MB * MEBIBYTE,
    },
    management: { address: values.FLOWG_MGMT_BIND_ADDRESS, tls: tlsFiles('MGMT', values) },
    dataDir,
    databaseDirs: {
      auth: folder(values.FLOWG_AUTH_DIR, 'auth'),
      config: folder(values.FLOWG_CONFIG_DIR, 'config'),
      logs: folder(values.FLOWG_LOG_DIR, 'logs'),
      backup: folder(values.FLOWG_BACKUP_DIR, 'backup'),
    },
    initialUser: { name: values.FLOWG_AUTH_INITIAL_USER, password: values.FLOWG_AUTH_INITIAL_PASSWORD },
    logDurability: values.FLOWG_LOG_DURABILITY,
    diskReserveBytes: values.FLOWG_DISK_RESERVE_MB * MEBIBYTE,
    walBudgetBytes: values.FLOWG_SNAPSHOT_WAL_BUDGET_MB * MEBIBYTE,
    transferIdleSeconds: values.FLOWG_TRANSFER_IDLE_SECONDS,
    shutdownSeconds: values.FLOWG_SHUTDOWN_SECONDS,
    failpoints: values.FLOWG_TEST_FAILPOINTS,
  };
}

/** Names of `FLOWG_*` variables that no setting answers to: most likely a typing error, worth a warning. */
export function unknownSettings(environment: Record<string, string | undefined>): string[] {
  return Object.keys(environment).filter((name) => name.startsWith('FLOWG_') && !(name in table.shape));
}

function tlsFiles(listener: 'HTTP' | 'MGMT', values: z.infer<typeof table>): TlsFiles | undefined {
  if (!values[`FLOWG_${listener}_TLS_ENABLED`]) return undefined;
  const cert = values[`FLOWG_${listener}_TLS_CERT`];
  const key = values[`FLOWG_${listener}_TLS_KEY`];
  if (cert === undefined || key === undefined) {
    const missing = cert === undefined ? 'CERT' : 'KEY';
    throw new SettingsError(`FLOWG_${listener}_TLS_${missing} is not set: expected the path of a PEM file`);
  }
  return { cert, key };
}

/** Injection token of the `Settings`. */
export const SETTINGS = Symbol('settings');
