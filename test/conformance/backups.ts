import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Api, Ask, Reply } from './api.js';

/** Backups and restores, as clients ask for them. */

export const DATABASES = ['auth', 'config', 'logs'] as const;
export type DatabaseName = (typeof DATABASES)[number];

const ROWS: Record<DatabaseName, string[]> = {
  auth: ['users', 'roles', 'tokens'],
  config: ['transformers', 'pipelines', 'alerts'],
  logs: ['streams', 'entries'],
};

/** What a database counts, whatever there is of it. */
export function rowsOf(name: DatabaseName): object {
  return Object.fromEntries(ROWS[name].map((what) => [what, expect.any(Number)]));
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function download(api: Api, name: DatabaseName): Promise<Reply> {
  return api.ask({ method: 'GET', path: `/api/v1/backup/${name}` });
}

/** As curl's `--form PART=@FILE` does. */
export function fileForm(content: Buffer | string, part = 'backup'): FormData {
  const form = new FormData();
  form.append(part, new Blob([content]), 'any.db');
  return form;
}

/** As curl's `--form backup=TEXT` does. */
export function textForm(text: string): FormData {
  const form = new FormData();
  form.append('backup', text);
  return form;
}

export function restore(name: DatabaseName, body: Ask['body'], headers?: Record<string, string>): Ask {
  return { method: 'POST', path: `/api/v1/restore/${name}`, body, headers };
}
