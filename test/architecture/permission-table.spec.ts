import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Permission, PERMISSION_NAMES } from '#src/auth/permissions.js';
import { createApplication } from '#src/bootstrap.js';
import { PROBLEM_STATUS } from '#src/http/problem-status.js';
import { readSettings } from '#src/settings.js';
import { documentedOperations, harmlessStatus, type Operation } from '../support/api-document.js';
import { PROJECT_ROOT, TestServer } from '../support/test-server.js';

/** Who may do what, reviewed by people. `FLOWG_TEST_UPDATE=1` writes it anew. */
const TABLE = join(PROJECT_ROOT, 'test', 'architecture', 'permissions.txt');

/** The reference's, as far as this version has them, and our own. */
const OPERATION_IDS = `
  list_transformers get_transformer save_transformer delete_transformer list_pipelines get_pipeline save_pipeline
  delete_pipeline ingest_log list_streams get_stream configure_stream query_stream list_stream_fields purge_stream
  watch_logs test_transformer test_alert list_alerts get_alert save_alert delete_alert list_roles save_role delete_role list_users save_user delete_user login
  whoami change_password list_tokens create_token delete_token backup_auth backup_logs backup_config restore_auth
  restore_logs restore_config list_backups get_backup list_restores get_restore ingest_logs_struct ingest_logs_text
  ingest_logs_otlp backup_all restore_all undo_restore confirm_restore test_pipeline get_stream_usage list_stream_indexes list_alert_deliveries verify_backup
  list_backup_destinations check_backup_destination prove_backup
  list_backup_schedules get_backup_schedule save_backup_schedule delete_backup_schedule run_backup_schedule`;

let server: TestServer;
let operations: Operation[];

beforeAll(async () => {
  server = await TestServer.start();
  operations = await documentedOperations(server);
});
afterAll(() => server.stop());

function line({
  method,
  path,
  permissions,
  anyOf,
}: Pick<Operation, 'method' | 'path' | 'permissions' | 'anyOf'>): string {
  const sets = anyOf?.map((set) => set.join(' + ')).join(' | ');
  const who = sets ?? (permissions === 'public' ? 'public' : permissions.join(' + ') || 'any login');
  return `${method.padEnd(6)} ${path} -> ${who}`;
}

describe('who may do what', () => {
  it('is what permissions.txt says, for every route of the running application', async () => {
    const explorer = (await routesOfTheExplorer()).map((route) => line({ ...route, permissions: 'public' }));
    const table = `${[...operations.map(line), ...explorer].toSorted(byPath).join('\n')}\n`;
    if (process.env.FLOWG_TEST_UPDATE) await writeFile(TABLE, table);
    console.log(table);
    expect(table).toBe(await readFile(TABLE, 'utf8'));
  });

  it('is asked of a guest, of those who lack one permission, and of those who have just enough', async () => {
    const callers = await Callers.create();
    for (const operation of operations) {
      const { permissions } = operation;
      const what = line(operation);
      const statusFor = (token?: string) => harmlessStatus(server, operation, token);
      if (permissions === 'public') {
        expect([401, 403], what).not.toContain(await statusFor());
        continue;
      }
      expect(await statusFor(), `${what}, guest`).toBe(401);
      for (const lacking of permissions) {
        expect(await statusFor(callers.lacking(lacking)), `${what}, all but ${lacking}`).toBe(403);
      }
      if (operation.anyOf)
        expect(await statusFor(callers.having([])), `${what}, without any of them`).toBe(403);
      for (const set of operation.anyOf ?? [])
        for (const lacking of set) {
          const rest = set.filter((one) => one !== lacking);
          expect(await statusFor(callers.having(rest)), `${what}, of them only ${rest.join()}`).toBe(403);
        }
      const sets = operation.anyOf ?? [permissions];
      for (const enough of [...sets, ...sets.map((set) => set.map(writeTwin))]) {
        const status = await statusFor(callers.having(enough));
        expect([401, 403, 405, 500], `${what}, with ${enough.join(' + ')}`).not.toContain(status);
      }
    }
  });
});

/** Routes that the application has and the document does not: they can only be those of the explorer itself. */
async function routesOfTheExplorer(): Promise<{ method: string; path: string }[]> {
  const documented = new Set(operations.map(({ method, path }) => `${method} ${path}`));
  const undocumented = (await routesOfExpress()).filter(
    ({ method, path }) => !documented.has(`${method} ${path}`),
  );
  expect(undocumented.filter(({ path }) => !path.startsWith('/api/docs'))).toEqual([]);
  return undocumented;
}

/** What Express really routes, asked of an application in this process. */
async function routesOfExpress(): Promise<{ method: string; path: string }[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'flowg-routes-'));
  const application = await createApplication(readSettings({ FLOWG_DATA_DIR: dataDir }));
  await application.init();
  const { stack } = application.getHttpAdapter().getInstance().router;
  const layers = stack as unknown as { route?: { path: string; methods: Record<string, boolean> } }[];
  await application.close();
  await rm(dataDir, { recursive: true });
  return layers.flatMap(({ route }) =>
    Object.keys(route?.methods ?? {}).map((method) => ({
      method: method.toUpperCase(),
      path: route!.path.replace(/:([^/"]+)|:"([^"]+)"/g, '{$1$2}'),
    })),
  );
}

const byPath = (a: string, b: string) => a.slice(7).localeCompare(b.slice(7)) || a.localeCompare(b);

const writeTwin = (permission: Permission) => permission.replace('read_', 'write_') as Permission;

/** One user for each set of permissions that is needed, and the tokens by which they come. */
class Callers {
  private readonly tokens = new Map<string, string>();

  static async create(): Promise<Callers> {
    const callers = new Callers();
    const admin = await server.login();
    const needed = operations.map(({ permissions }) => (permissions === 'public' ? [] : permissions));
    const anyOf = operations.flatMap((operation) => operation.anyOf ?? []);
    const partly = anyOf.flatMap((set) => set.map((lacking) => set.filter((one) => one !== lacking)));
    const enough = [...needed, ...anyOf];
    const twins = enough.map((set) => set.map(writeTwin));
    const sets = [[], ...enough, ...twins, ...partly, ...PERMISSION_NAMES.map(allBut)];
    for (const set of sets) {
      const key = keyOf(set);
      if (callers.tokens.has(key)) continue;
      callers.tokens.set(key, await server.createUser(admin, `caller-${callers.tokens.size}`, set));
    }
    return callers;
  }

  having(permissions: Permission[]): string {
    return this.tokens.get(keyOf(permissions))!;
  }

  lacking(permission: Permission): string {
    return this.having(allBut(permission));
  }
}

const keyOf = (permissions: Permission[]) => permissions.toSorted().join(' ');

/** Without `read_x` has to do without `write_x`, which implies it. */
const allBut = (permission: Permission) =>
  PERMISSION_NAMES.filter((other) => other !== permission && other !== writeTwin(permission));

describe('the document', () => {
  it('names exactly the operations that there are', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(ids.toSorted()).toEqual(OPERATION_IDS.trim().split(/\s+/).toSorted());
  });

  it('describes each: a known tag, a summary, the permissions in words, what a success is', async () => {
    const { tags } = await server.ok('GET', '/api/docs/openapi.json');
    const known = tags.map(({ name }: { name: string }) => name);
    for (const operation of operations) {
      expect(operation.tags, operation.operationId).toHaveLength(1);
      expect(known, operation.operationId).toContain(operation.tags[0]);
      expect(operation.summary, operation.operationId).toMatch(/^[A-Z]/);
      expect(operation.responses['200']?.content, operation.operationId).toBeDefined();
      const schemes = operation.permissions === 'public' ? undefined : [{ patAuth: [] }, { jwtAuth: [] }];
      expect(operation.security, operation.operationId).toEqual(schemes);
    }
  });

  it('tells of each what may go wrong, with an example as it comes', () => {
    for (const { operationId, permissions, responses } of operations) {
      const needed = permissions === 'public' ? [] : permissions.length > 0 ? ['401', '403'] : ['401'];
      expect(Object.keys(responses), operationId).toEqual(expect.arrayContaining([...needed, '500']));
      for (const [status, { description, content }] of Object.entries(responses)) {
        if (Number(status) < 400) continue;
        const { example } = content!['application/json'];
        expect(description, operationId).not.toBe('');
        expect(Object.keys(example), operationId).toEqual(['status', 'error']);
        expect(PROBLEM_STATUS[example.status as keyof typeof PROBLEM_STATUS]).toBe(Number(status));
        expect(example.error, operationId).toMatch(/^[a-z]/);
      }
    }
  });
});
