import { type PipelineClient, router, source, transform, when } from './pipeline-client.js';

/** The transformers of the reference's own benchmark, by their names. */
export const SCRIPTS = {
  syslog: '. = parse_syslog!(.message)',
  logfmt: '. = parse_logfmt!(.message)',
  json: '. = parse_json!(.message)',
  apache: '. = parse_apache_log!(.message, "common")',
};

/** Which transformer reads the messages of which application. */
export const STEPS: [app: string, transformer: keyof typeof SCRIPTS][] = [
  ['iam01', 'logfmt'],
  ['iam02', 'json'],
  ['db', 'logfmt'],
  ['apache2', 'apache'],
];

const HOSTS = ['localhost', 'vm1.example.com', 'vm2.example.com', '1.2.3.4'];

type Case = [message: string, fields: Record<string, string>];

const logfmt = (fields: Record<string, string>): Case => [
  Object.entries(fields)
    .map(([name, value]) => `${name}=${/^[\w.]+$/.test(value) ? value : JSON.stringify(value)}`)
    .join(' '),
  fields,
];
const json = (fields: Record<string, string>): Case => [JSON.stringify(fields), fields];
const apache = (host: string, time: string, message: string, status: string, size: string): Case => {
  const [method, path, protocol] = message.split(' ') as [string, string, string];
  const [date, clock] = time.split(' ') as [string, string];
  const fields = { host, message, method, path, protocol, status, size };
  const [year, , day] = date.split('-') as [string, string, string];
  return [
    `${host} - - [${day}/Aug/${year}:${clock} +0000] "${message}" ${status} ${size}`,
    { ...fields, timestamp: `${date} ${clock} UTC` },
  ];
};

const LOGINS = [
  { level: 'info', msg: 'User login successful' },
  { level: 'error', msg: 'User login failed', error: 'invalid password' },
  { level: 'warn', msg: 'File not found', file: 'example.txt' },
  { level: 'debug', msg: 'Processing request', duration: '250ms' },
  { level: 'info', msg: 'User logout successful' },
  { level: 'error', msg: 'User logout failed', error: 'session expired' },
];
const MYSQL = { db: 'mysql', host: 'localhost', port: '3306' };
const APPS: Record<string, { stream: string; cases: Case[] }> = {
  iam01: { stream: 'users', cases: LOGINS.map((fields) => logfmt(fields as never)) },
  iam02: { stream: 'users', cases: LOGINS.map((fields) => json(fields as never)) },
  db: {
    stream: 'database',
    cases: [
      { level: 'info', msg: 'Database connection established', ...MYSQL },
      { level: 'error', msg: 'Database connection failed', ...MYSQL, error: 'connection refused' },
      { level: 'warn', msg: 'Database connection lost', ...MYSQL },
      { level: 'debug', msg: 'Database query executed', ...MYSQL, query: 'SELECT * FROM users' },
      { level: 'info', msg: 'Database connection closed', ...MYSQL },
    ].map((fields) => logfmt(fields as never)),
  },
  apache2: {
    stream: 'access',
    cases: [
      apache('192.168.1.1', '2024-08-23 14:55:31', 'GET /index.html HTTP/1.1', '200', '1234'),
      apache('192.168.1.2', '2024-08-23 14:56:12', 'POST /login HTTP/1.1', '302', '546'),
      apache('192.168.1.3', '2024-08-23 14:57:45', 'GET /about-us HTTP/1.1', '404', '321'),
      apache('192.168.1.4', '2024-08-23 14:58:02', 'GET /contact HTTP/1.1', '200', '789'),
      apache('192.168.1.5', '2024-08-23 14:58:56', 'GET /nonexistentpage HTTP/1.1', '404', '217'),
      apache('192.168.1.6', '2024-08-23 14:59:32', 'POST /api/data HTTP/1.1', '500', '654'),
      apache('192.168.1.7', '2024-08-23 15:00:01', 'GET /blog HTTP/1.1', '301', '123'),
      apache('192.168.1.8', '2024-08-23 15:01:12', 'PUT /update HTTP/1.1', '204', '0'),
      apache('192.168.1.9', '2024-08-23 15:01:57', 'DELETE /delete-item HTTP/1.1', '403', '342'),
      apache('192.168.1.10', '2024-08-23 15:02:34', 'GET /dashboard HTTP/1.1', '200', '1567'),
    ],
  },
};

/** Every application on every host with each of its messages: each line with where it ends and as what. */
export const lines = HOSTS.flatMap((host) =>
  Object.entries(APPS).flatMap(([app, { stream, cases }]) =>
    cases.map(([message, fields]) => ({
      line: `Nov 24 09:30:00 ${host} ${app}: ${message}`,
      stream,
      fields,
    })),
  ),
);

/** Saves the pipeline under this name, and its transformers. */
export async function saveReferencePipeline(client: PipelineClient, name: string): Promise<void> {
  for (const [transformer, script] of Object.entries(SCRIPTS))
    await client.saveTransformer(transformer, script);
  await client.savePipeline(
    name,
    [
      source('__builtin__source_direct'),
      source('__builtin__source_syslog', 'syslog'),
      transform('syslog'),
      ...STEPS.map(([app]) => when(`is-${app}`, `appname = "${app}"`)),
      ...STEPS.map(([app, transformer]) => transform(`read-${app}`, transformer)),
      ...['users', 'database', 'access'].map((stream) => router(stream)),
    ],
    '__builtin__source_direct > syslog',
    ...STEPS.map(([app]) => `syslog > is-${app} > read-${app} > ${APPS[app]!.stream}`),
  );
}
