import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { CatalogueService } from '#src/backup/catalogue.service.js';
import type { Destination } from '#src/backup/destinations/destination.js';
import type { Destinations } from '#src/backup/destinations/destinations.service.js';
import { FolderDestination } from '#src/backup/destinations/folder/folder.destination.js';
import { pack } from '#src/backup/packing/pack.js';
import type { Packed, Packing } from '#src/backup/packing/packing.js';
import { ProofService } from '#src/backup/proof/proof.service.js';
import { factsOf } from '#src/backup/run-facts.js';
import { namesIn, type RunScope } from '#src/backup/run-scope.js';
import type { Run } from '#src/backup/run.entity.js';
import type { Settings } from '#src/settings.js';
import { sha256 } from '../support/backup-client.js';
import { storedCopy } from '../support/stored-backups.js';
import { type Backups, manifestIn } from '../verify/known-files.js';

/** A stored copy, its row in the catalogue, and what has packed it. */
export interface Planted {
  run: Run;
  packed: Packed;
  path: string;
}

/** The service that proves, with a real folder as its destination, and a catalogue that is a list. */
export class ProofBench {
  readonly runs = new Map<string, Run>();
  readonly service: ProofService;

  private constructor(
    readonly folder: string,
    readonly dataDir: string,
    readonly destination: Destination,
  ) {
    const catalogue = {
      find: (_kind: string, id: string) => Promise.resolve(this.runs.get(id) ?? null),
      noteProof: (run: Run, proof: Run['proof']) => Promise.resolve(void (run.proof = proof)),
    };
    const destinations = { has: (name: string) => name === 'nas', get: () => destination };
    this.service = new ProofService(
      destinations as unknown as Destinations,
      catalogue as unknown as CatalogueService,
      { dataDir, diskReserveBytes: 0 } as Settings,
    );
  }

  static async open(change: (destination: Destination) => Destination = (same) => same): Promise<ProofBench> {
    const [folder, dataDir] = await Promise.all([newFolder(), newFolder()]);
    const destination = new FolderDestination('nas', folder, { idleSeconds: 10, reserveBytes: 0 });
    return new ProofBench(folder, dataDir, change(destination));
  }

  /**
   * Stores a backup as a schedule would.
   * @param facts what the catalogue says of it; left out, what is true.
   */
  async plant(
    database: RunScope,
    content: Buffer,
    packing: Packing,
    facts: Partial<Run> = {},
  ): Promise<Planted> {
    const id = randomUUID();
    const packed = pack(Readable.from([content], { objectMode: false }), packing);
    const bytes = await buffer(packed.stream);
    const file = `flowg-test-${database}-${id.slice(0, 8)}.db${packed.suffix}`;
    const run = {
      id,
      kind: 'backup',
      database,
      outcome: 'succeeded',
      schedule: 'test',
      bytes: content.length,
      sha256: sha256(content),
      stored: storedCopy(file, packed, packing),
      proof: null,
      ...facts,
    } as Run;
    this.runs.set(id, run);
    const path = join(this.folder, file);
    await writeFile(path, bytes);
    return { run, packed, path };
  }

  /** What is left of proofs, which must be nothing. */
  async workshops(): Promise<string[]> {
    return readdir(this.dataDir);
  }

  async receipt({ path }: Planted): Promise<any> {
    return JSON.parse(await readFile(`${path}.receipt.json`, 'utf8'));
  }

  async close(): Promise<void> {
    await this.service.onModuleDestroy();
    for (const folder of [this.folder, this.dataDir]) await rm(folder, { recursive: true });
  }
}

/** What the catalogue says of a good backup. */
export async function factsOfGood(database: RunScope, backups: Backups): Promise<Partial<Run>> {
  return factsOf(await Promise.all(namesIn(database).map((name) => manifestIn(backups[name]))));
}

function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'flowg-proof-'));
}
