import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Destination } from '#src/backup/destinations/destination.js';
import { Destinations } from '#src/backup/destinations/destinations.service.js';
import { readSettings } from '#src/settings.js';
import { S3Server } from '../support/s3-server.js';

/** A destination with all that is behind it. */
export interface Place {
  destination: Destination;
  /** As the setting says it. */
  settings: unknown;
  /** Puts empty files there, by a shorter way. */
  fill(names: string[]): Promise<unknown>;
  /** Leaves there what a writer of this file leaves that dies. */
  leave(name: string): Promise<unknown>;
  /** The paths of all files that lie there: of finished ones, of unfinished ones, of parts. */
  files(): Promise<string[]>;
  end(): Promise<void>;
}

/** A destination as a server makes it of its settings. */
export function destinationOf(settings: unknown, environment: Record<string, string> = {}): Destination {
  const FLOWG_BACKUP_DESTINATIONS = JSON.stringify({ there: settings });
  return new Destinations(readSettings({ FLOWG_BACKUP_DESTINATIONS, ...environment })).get('there');
}

export async function folderPlace(environment?: Record<string, string>): Promise<Place & { folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'flowg-destination-'));
  const settings = { type: 'folder', path: folder };
  return {
    destination: destinationOf(settings, environment),
    settings,
    folder,
    fill: (names) => Promise.all(names.map((name) => writeFile(join(folder, name), ''))),
    leave: (name) => writeFile(join(folder, `.${name}.${randomUUID()}.unfinished`), 'a half'),
    files: async () => (await readdir(folder)).map((name) => join(folder, name)),
    end: () => rm(folder, { recursive: true, force: true }),
  };
}

export async function s3Place(
  environment?: Record<string, string>,
  changes?: Record<string, unknown>,
): Promise<Place & { server: S3Server }> {
  const server = await S3Server.start();
  const settings = server.settings(changes);
  return {
    destination: destinationOf(settings, environment),
    settings,
    server,
    fill: (names) => server.fill(names.map((name) => `flowg/${name}`)),
    leave: (name) => server.beginUpload(`flowg/${name}`),
    files: () => server.kept(),
    end: () => server.stop(),
  };
}
