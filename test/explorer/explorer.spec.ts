import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentedOperations } from '../support/api-document.js';
import { hasProgram } from '../support/programs.js';
import { TestServer } from '../support/test-server.js';

const ARGUMENTS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking ' +
  '--disable-component-update --disable-sync';

let server: TestServer;
/** Where the destination of the examples keeps backups. */
let backups: string;
beforeAll(async () => {
  backups = await mkdtemp(join(tmpdir(), 'flowg-explorer-'));
  const destinations = { default: { type: 'folder', path: backups } };
  server = await TestServer.start({ env: { FLOWG_BACKUP_DESTINATIONS: JSON.stringify(destinations) } });
});
afterAll(async () => {
  await server.stop();
  await rm(backups, { recursive: true });
});

describe.skipIf(!hasProgram('chromium'))('the explorer, in a browser', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGUMENTS.split(' ') });
  });
  afterAll(() => browser?.close());

  /** Opens the explorer in a browser that remembers nothing; `complaints` collects what goes wrong on the page. */
  async function openExplorer(): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
    });
    page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith('http') && origin !== server.url) complaints.push(`away: ${request.url()}`);
    });
    await page.goto(`${server.url}/api/docs`);
    await page.locator('.opblock').first().waitFor();
    return { page, complaints };
  }

  async function authorize(page: Page, scheme: 'jwtAuth' | 'patAuth', token: string): Promise<void> {
    await page.locator('button.authorize').first().click();
    const form = page.locator('.auth-container', { hasText: scheme });
    await form.locator('input').fill(token);
    await form.locator('button.authorize').click();
    await form.locator('.btn-done').click();
  }

  async function expand(page: Page, tag: string, operationId: string): Promise<Locator> {
    const operation = page.locator(`#operations-${tag}-${operationId}`);
    await operation.locator('.opblock-summary-control').click();
    await operation.locator('button.execute').waitFor();
    return operation;
  }

  /** Presses Execute. @returns the status that the page shows. */
  async function execute(operation: Locator): Promise<string> {
    await operation.locator('button.execute').click();
    const live = operation.locator('.live-responses-table .response-col_status').last();
    await live.waitFor();
    return (await live.textContent())!.trim();
  }

  const shownBody = (operation: Locator) =>
    operation.locator('.live-responses-table .highlight-code pre').first().textContent();

  it('shows every operation, grouped and in order, and loads nothing from elsewhere', async () => {
    const { page, complaints } = await openExplorer();
    const shown = await page
      .locator('.opblock')
      .evaluateAll((blocks) => blocks.map((block) => block.id.replace('operations-', '')));
    const documented = (await documentedOperations(server)).map(
      ({ tags, operationId }) => `${tags[0]}-${operationId}`,
    );
    expect(new Set(shown)).toEqual(new Set(documented));
    expect(shown).toHaveLength(documented.length);
    const tags = await page
      .locator('.opblock-tag')
      .evaluateAll((titles) => titles.map((title) => title.getAttribute('data-tag')));
    expect(tags).toEqual([
      'auth',
      'backup',
      'acls',
      'streams',
      'pipelines',
      'transformers',
      'alerts',
      'tests',
    ]);
    expect(await page.title()).toBe('Flowg API');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('logs in, downloads a backup and puts it back, with tokens as the server shows them', async () => {
    const { page, complaints } = await openExplorer();
    const login = await expand(page, 'auth', 'login');
    expect(await execute(login)).toBe('200');
    const { token } = JSON.parse((await shownBody(login))!);
    await authorize(page, 'jwtAuth', token);

    const backup = await expand(page, 'backup', 'backup_auth');
    expect(await backup.locator('.opblock-description').textContent()).toContain('Needs read_acls.');
    expect(await execute(backup)).toBe('200');
    const download = page.waitForEvent('download');
    await backup.getByRole('link', { name: 'Download file' }).click();
    const file = await (await download).path();
    const bytes = await readFile(file);
    expect(bytes.subarray(0, 15).toString()).toBe('SQLite format 3');

    const restore = await expand(page, 'backup', 'restore_auth');
    await restore.locator('input[type=file]').setInputFiles({
      name: 'auth.db',
      mimeType: 'application/octet-stream',
      buffer: bytes,
    });
    expect(await execute(restore), (await shownBody(restore)) ?? '').toBe('200');
    expect(JSON.parse((await shownBody(restore))!)).toMatchObject({
      success: true,
      database: 'auth',
      bytes: bytes.length,
      rows: { users: 1, roles: 3, tokens: 0 },
    });

    expect(complaints).toEqual([]);
    await page.close();

    const other = await openExplorer();
    await authorize(other.page, 'patAuth', await server.createToken(token));
    const whoami = await expand(other.page, 'auth', 'whoami');
    expect(await execute(whoami), 'with a Personal Access Token as it is').toBe('200');
    expect(JSON.parse((await shownBody(whoami))!)).toMatchObject({ success: true, user: { name: 'root' } });
    expect(other.complaints).toEqual([]);
    await other.page.close();
  });
});

it('the examples of the document can be sent as they are', async () => {
  const token = await server.login();
  const sent: string[] = [];
  const operations = (await documentedOperations(server)).toSorted(
    (a, b) => Number(b.method === 'PUT') - Number(a.method === 'PUT'),
  );
  for (const { method, path, operationId, parameters = [], requestBody } of operations) {
    const schema = requestBody?.content['application/json']?.schema;
    // What changes a password, deletes, or needs a file or an id of the moment is no matter of examples.
    // A watch never ends, and the alert of the example calls somebody who does not know us.
    if (['watch_logs', 'test_alert'].includes(operationId)) continue;
    if (operationId === 'change_password' || method === 'DELETE' || path.includes('id}')) continue;
    if (requestBody && !schema) continue;
    let url = path;
    for (const {
      in: place,
      name,
      required,
      schema: { example },
    } of parameters) {
      if (place === 'path') url = url.replace(`{${name}}`, encodeURIComponent(example));
      else if (required) url += `${url.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(example)}`;
    }
    const json = schema && exampleOf(schema);
    const answer = await server.request(method, url, { token, json });
    expect(answer.status, `${operationId}: ${answer.text.slice(0, 200)}`).toBe(200);
    sent.push(operationId);
  }
  expect(sent).toEqual(
    expect.arrayContaining(['login', 'save_user', 'save_pipeline', 'ingest_log', 'query_stream']),
  );
});

describe('what a browser may do with an answer', () => {
  it('is said with the explorer, with answers and with errors alike', async () => {
    for (const path of [
      '/api/docs',
      '/api/docs/swagger-ui.css',
      '/api/v1/users',
      '/nowhere',
      '/api/docs/nowhere',
    ]) {
      const { headers } = await server.request('GET', path);
      const policy = headers.get('content-security-policy')!;
      expect(policy, path).toContain("default-src 'self'");
      expect(policy, path).toContain("frame-ancestors 'none'");
      expect(policy, path).not.toMatch(/https:|upgrade-insecure-requests|unsafe-eval|script-src/);
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(headers.get('x-powered-by'), path).toBeNull();
      expect(headers.get('strict-transport-security'), path).toBeNull();
    }
    expect((await server.request('GET', '/api/docs/nowhere')).text).toBe('404 page not found\n');
    expect((await server.request('GET', '/api/docs-yaml')).status).toBe(404);
  });
});

/** As the explorer fills the box in which a body is edited. */
function exampleOf(schema: any): unknown {
  if (schema.example !== undefined) return schema.example;
  return Object.fromEntries(
    Object.entries(schema.properties).map(([name, property]) => [name, exampleOf(property)]),
  );
}
