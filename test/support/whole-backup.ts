import type { Answer, TestServer } from './test-server.js';

/** Downloads the archive of the whole server. */
export async function downloadAll(server: TestServer, token: string) {
  const response = await fetch(`${server.url}/api/v1/backup`, {
    headers: { Authorization: `Bearer ${token.startsWith('pat_') ? 'pat' : 'jwt'}:${token}` },
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`backup: ${response.status} ${bytes.toString()}`);
  return { bytes, headers: response.headers };
}

/** Sends an archive back, as curl's `--form backup=@FILE` does. */
export function uploadAll(
  server: TestServer,
  token: string,
  bytes: Buffer | string,
  query = '',
): Promise<Answer> {
  const form = new FormData();
  form.append('backup', new Blob([bytes]), 'flowg-backup.tar');
  return server.request('POST', `/api/v1/restore${query}`, { token, body: form });
}
