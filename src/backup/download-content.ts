import type { Readable } from 'node:stream';
import { RESTORABLE_NAMES, type RestorableName, type Snapshot } from '../database/database.js';
import { archiveManifest } from './archive/archive-manifest.js';
import { archiveBytes, archiveMembers } from './archive/archive-members.js';
import { writeArchive } from './archive/write-archive.js';
import { factsOf } from './run-facts.js';
import type { Run } from './run.entity.js';

/** What a backup sends. */
export interface DownloadContent {
  fileName: string;
  mediaType: string;
  /** Bytes of all of it, known before the first one is read. */
  size: number;
  /** What the catalogue tells of it. */
  facts: Pick<Run, 'instant' | 'schemaVersion' | 'rowCounts'>;
  /** The bytes, once. */
  stream(): Readable;
  /** Lets go of the instant. Safe to call more than once. */
  release(): Promise<void>;
}

/** One database: its file. */
export function fileContent(name: RestorableName, snapshot: Snapshot): DownloadContent {
  return {
    fileName: `${name}.db`,
    mediaType: 'application/octet-stream',
    size: snapshot.size,
    facts: factsOf([snapshot.manifest]),
    stream: () => snapshot.stream(),
    release: () => snapshot.release(),
  };
}

/** All databases at one instant: an archive. Each snapshot is let go of as soon as its member has passed. */
export function archiveContent([auth, config, logs]: Snapshot[]): DownloadContent {
  const snapshots: Record<RestorableName, Snapshot> = { auth: auth!, config: config!, logs: logs! };
  const { instant } = auth!.manifest;
  const members = archiveMembers(archiveManifest(instant, snapshots), {
    auth: () => snapshots.auth.stream(),
    config: () => snapshots.config.stream(),
    logs: () => snapshots.logs.stream(),
  });
  return {
    fileName: 'flowg-backup.tar',
    mediaType: 'application/x-tar',
    size: archiveBytes(members),
    facts: factsOf(RESTORABLE_NAMES.map((name) => snapshots[name].manifest)),
    stream: () => writeArchive(members, new Date(instant)),
    release: async () => {
      for (const name of RESTORABLE_NAMES) await snapshots[name].release();
    },
  };
}
