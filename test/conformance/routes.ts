import type { Permission } from '#src/auth/permissions.js';

/** Specs of this folder that prove the routes of one section of the contract. */
export type Section =
  | 'auth'
  | 'tokens'
  | 'roles-and-users'
  | 'transformers'
  | 'pipelines'
  | 'pipeline-test'
  | 'ingest'
  | 'otlp'
  | 'streams'
  | 'query'
  | 'watch'
  | 'alerts'
  | 'backup'
  | 'catalogue'
  | 'destinations'
  | 'schedules';

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With parameters in braces. */
  path: string;
  operationId: string;
  needs: 'nothing' | Permission[];
  section: Section;
  /** What it reads; absent: the route has no body. */
  takes?: 'json' | 'text' | 'otlp' | 'form';
}

/** Sections 1.2 to 1.9 of the contract, line by line. `[]`: any login. */
const OF_THE_CONTRACT: Route[] = [
  post('/auth/login', 'login', 'nothing', 'auth', 'json'),
  get('/auth/whoami', 'whoami', [], 'auth'),
  post('/auth/change-password', 'change_password', [], 'auth', 'json'),

  get('/tokens', 'list_tokens', [], 'tokens'),
  post('/token', 'create_token', [], 'tokens'),
  del('/tokens/{token-uuid}', 'delete_token', [], 'tokens'),

  get('/roles', 'list_roles', ['read_acls'], 'roles-and-users'),
  put('/roles/{role}', 'save_role', ['write_acls'], 'roles-and-users'),
  del('/roles/{role}', 'delete_role', ['write_acls'], 'roles-and-users'),
  get('/users', 'list_users', ['read_acls'], 'roles-and-users'),
  put('/users/{user}', 'save_user', ['write_acls'], 'roles-and-users'),
  del('/users/{user}', 'delete_user', ['write_acls'], 'roles-and-users'),

  get('/transformers', 'list_transformers', ['read_transformers'], 'transformers'),
  get('/transformers/{transformer}', 'get_transformer', ['read_transformers'], 'transformers'),
  put('/transformers/{transformer}', 'save_transformer', ['write_transformers'], 'transformers'),
  del('/transformers/{transformer}', 'delete_transformer', ['write_transformers'], 'transformers'),
  post('/test/transformer', 'test_transformer', ['read_transformers'], 'transformers', 'json'),

  get('/pipelines', 'list_pipelines', ['read_pipelines'], 'pipelines'),
  get('/pipelines/{pipeline}', 'get_pipeline', ['read_pipelines'], 'pipelines'),
  put('/pipelines/{pipeline}', 'save_pipeline', ['write_pipelines'], 'pipelines'),
  del('/pipelines/{pipeline}', 'delete_pipeline', ['write_pipelines'], 'pipelines'),
  post('/pipelines/{pipeline}/logs', 'ingest_log', ['send_logs'], 'ingest', 'json'),

  get('/streams', 'list_streams', ['read_streams'], 'streams'),
  get('/streams/{stream}', 'get_stream', ['read_streams'], 'streams'),
  put('/streams/{stream}', 'configure_stream', ['write_streams'], 'streams'),
  del('/streams/{stream}', 'purge_stream', ['write_streams'], 'streams'),
  get('/streams/{stream}/fields', 'list_stream_fields', ['read_streams'], 'streams'),
  get('/streams/{stream}/logs', 'query_stream', ['read_streams'], 'query'),
  get('/streams/{stream}/logs/watch', 'watch_logs', ['read_streams'], 'watch'),

  get('/alerts', 'list_alerts', ['read_alerts'], 'alerts'),
  get('/alerts/{alert}', 'get_alert', ['read_alerts'], 'alerts'),
  put('/alerts/{alert}', 'save_alert', ['write_alerts'], 'alerts'),
  del('/alerts/{alert}', 'delete_alert', ['write_alerts'], 'alerts'),
  post('/test/alerts/{alert}', 'test_alert', ['write_alerts'], 'alerts', 'json'),

  get('/backup/auth', 'backup_auth', ['read_acls'], 'backup'),
  get('/backup/config', 'backup_config', ['read_pipelines', 'read_transformers', 'read_alerts'], 'backup'),
  get('/backup/logs', 'backup_logs', ['read_streams'], 'backup'),
  post('/restore/auth', 'restore_auth', ['write_acls'], 'backup', 'form'),
  post(
    '/restore/config',
    'restore_config',
    ['write_pipelines', 'write_transformers', 'write_alerts'],
    'backup',
    'form',
  ),
  post('/restore/logs', 'restore_logs', ['write_streams'], 'backup', 'form'),
];

/** Taken from later versions of the reference (section 9), or our own. */
const BEYOND_THE_CONTRACT: Route[] = [
  post('/pipelines/{pipeline}/logs/struct', 'ingest_logs_struct', ['send_logs'], 'ingest', 'json'),
  post('/pipelines/{pipeline}/logs/text', 'ingest_logs_text', ['send_logs'], 'ingest', 'text'),
  post('/pipelines/{pipeline}/logs/otlp', 'ingest_logs_otlp', ['send_logs'], 'otlp', 'otlp'),
  post(
    '/test/pipeline/{pipeline}',
    'test_pipeline',
    ['send_logs', 'read_pipelines'],
    'pipeline-test',
    'json',
  ),
  get('/streams/{stream}/usage', 'get_stream_usage', ['read_streams'], 'streams'),
  get('/streams/{stream}/indexes', 'list_stream_indexes', ['read_streams'], 'streams'),
  get('/alerts/{alert}/deliveries', 'list_alert_deliveries', ['read_alerts'], 'alerts'),
  post('/backup/verify', 'verify_backup', [], 'catalogue', 'form'),
  get('/backups', 'list_backups', [], 'catalogue'),
  get('/backups/{id}', 'get_backup', [], 'catalogue'),
  post('/backups/{id}/prove', 'prove_backup', [], 'catalogue'),
  get('/backup-destinations', 'list_backup_destinations', [], 'destinations'),
  post('/backup-destinations/{name}/check', 'check_backup_destination', [], 'destinations'),
  get('/backup-schedules', 'list_backup_schedules', [], 'schedules'),
  get('/backup-schedules/{name}', 'get_backup_schedule', [], 'schedules'),
  put('/backup-schedules/{name}', 'save_backup_schedule', [], 'schedules'),
  del('/backup-schedules/{name}', 'delete_backup_schedule', [], 'schedules'),
  post('/backup-schedules/{name}/run', 'run_backup_schedule', [], 'schedules'),
  get('/restores', 'list_restores', [], 'catalogue'),
  get('/restores/{id}', 'get_restore', [], 'catalogue'),
  post('/restores/{id}/undo', 'undo_restore', [], 'catalogue'),
  post('/restores/{id}/confirm', 'confirm_restore', [], 'catalogue'),
  get(
    '/backup',
    'backup_all',
    ['read_acls', 'read_pipelines', 'read_transformers', 'read_alerts', 'read_streams'],
    'backup',
  ),
  post(
    '/restore',
    'restore_all',
    ['write_acls', 'write_pipelines', 'write_transformers', 'write_alerts', 'write_streams'],
    'backup',
    'form',
  ),
];

export const ROUTES = [...OF_THE_CONTRACT, ...BEYOND_THE_CONTRACT];

/** Names of nothing in place of the parameters. */
export function concretePath({ path }: Route): string {
  return path
    .replace(/\{(id|token-uuid)\}/, '00000000-0000-4000-8000-000000000000')
    .replace(/\{[^}]+\}/, 'nothing-here');
}

/** As rows of `it.each`, those that are wanted. */
export function titled(wanted: (route: Route) => boolean): [title: string, route: Route][] {
  return ROUTES.filter(wanted).map((route) => [`${route.method} ${route.path}`, route]);
}

/** With which a route looks at a body at all. */
export function bodyHeaders({ takes }: Route): Record<string, string> {
  return { 'Content-Type': takes === 'text' ? 'text/plain' : 'application/json' };
}

function get(path: string, operationId: string, needs: Permission[], section: Section): Route {
  return { method: 'GET', path: `/api/v1${path}`, operationId, needs, section };
}

function put(path: string, operationId: string, needs: Permission[], section: Section): Route {
  return { method: 'PUT', path: `/api/v1${path}`, operationId, needs, section, takes: 'json' };
}

function del(path: string, operationId: string, needs: Permission[], section: Section): Route {
  return { method: 'DELETE', path: `/api/v1${path}`, operationId, needs, section };
}

function post(
  path: string,
  operationId: string,
  needs: Route['needs'],
  section: Section,
  takes?: Route['takes'],
): Route {
  return { method: 'POST', path: `/api/v1${path}`, operationId, needs, section, takes };
}
