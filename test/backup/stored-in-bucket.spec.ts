import { createReadStream } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destinationOf } from '../destinations/places.js';
import { digestsOf, ingest } from '../support/backup-client.js';
import { BadWeather, type Weather } from '../support/bad-weather.js';
import { strayDescriptors, strayFiles } from '../support/live-state.js';
import { S3Server } from '../support/s3-server.js';
import { BackupFolder, changeRun, type StoredBackup } from '../support/stored-backups.js';
import { TestServer } from '../support/test-server.js';

let bucket: S3Server;
let weather: BadWeather;
let folder: BackupFolder;
let server: TestServer;
let root: string;
let backup: StoredBackup;

beforeAll(async () => {
  bucket = await S3Server.start();
  weather = await BadWeather.before(bucket.url);
  folder = await BackupFolder.make();
  const destinations = {
    nas: { type: 'folder', path: folder.path },
    offsite: bucket.settings({ endpoint: weather.url }),
  };
  server = await TestServer.start({
    env: { FLOWG_BACKUP_DESTINATIONS: JSON.stringify(destinations), FLOWG_TRANSFER_IDLE_SECONDS: '2' },
  });
  root = await server.createToken(await server.login());
  await ingest(server, root, 60, 'x'.repeat(2000));
  backup = await folder.store(server, root, 'logs');
  const { file } = backup.stored;
  const content = createReadStream(backup.path);
  await destinationOf(bucket.settings()).write(file, content, AbortSignal.timeout(10_000));
  const stored = { ...backup.stored, destination: 'offsite' };
  await changeRun(server, backup.id, { stored: JSON.stringify(stored) });
  await ingest(server, root, 10, 'since');
});
afterAll(async () => {
  await server.stop();
  await weather.stop();
  await bucket.stop();
  await folder.remove();
});

const prove = () => server.request('POST', `/api/v1/backups/${backup.id}/prove`, { token: root });
const restore = (query = '') =>
  server.request('POST', `/api/v1/restore/logs?from=${backup.id}${query}`, { token: root });
const proof = async () =>
  (await server.ok('GET', `/api/v1/backups/${backup.id}`, { token: root })).backup.proof;

/** Of what is read; receipts arrive. */
function onTheWayBack(way: Weather): void {
  weather.weather = ({ method }) => (method === 'GET' ? way : 'fair');
}

const FAULTS: [what: string, way: Weather][] = [
  ['is cut in the middle', { down: 'cut', after: 30_000 }],
  ['stands still in the middle', { down: 'stall', after: 30_000 }],
  ['never begins to answer', 'silent'],
  ['refuses', { answer: 403, code: 'AccessDenied' }],
];

describe('a backup in a bucket', () => {
  it.each(FAULTS)('is not known to be bad, nor restored, when the bucket %s', async (_what, way) => {
    onTheWayBack('fair');
    expect((await prove()).body.backup.proof.outcome).toBe('proven');
    const [proven, before] = [await proof(), await digestsOf(server, root)];
    onTheWayBack(way);
    for (const ask of [prove, restore, () => restore('&mode=merge'), () => restore('&dry_run=true')]) {
      const { status, body } = await ask();
      expect(status).toBe(502);
      expect(body).toMatchObject({ status: 'BAD_GATEWAY', error: expect.stringContaining('"offsite"') });
    }
    expect(await proof()).toEqual(proven);
    expect(await digestsOf(server, root)).toEqual(before);
    expect(await strayFiles(server.dataDir)).toEqual([]);
    expect(await strayDescriptors(server.dataDir, server.pid)).toEqual([]);
    const [newest] = (await server.ok('GET', '/api/v1/restores?limit=1', { token: root })).restores;
    expect(newest).toMatchObject({ from: backup.id, outcome: 'failed' });
  });

  it('is not there, which is a failed proof', async () => {
    onTheWayBack({ answer: 404, code: 'NoSuchKey' });
    expect((await prove()).body.backup.proof).toMatchObject({ outcome: 'failed', failed: 'missing' });
  });

  it('is restored when the weather is fair', async () => {
    onTheWayBack('fair');
    const { status, body } = await restore();
    expect(status).toBe(200);
    expect(body).toMatchObject({ from: backup.id, bytes: backup.content.length });
  });
});
