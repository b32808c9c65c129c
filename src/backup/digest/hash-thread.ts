import { Worker } from 'node:worker_threads';
import { ownModule } from '../../own-module.js';
import { HashRing } from './hash-ring.js';
import type { Sha256 } from './sha256.js';

/** A thread that hashes needs next to nothing. */
const LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 };

/** Hashes in a thread of its own, which is never behind by more than what the ring between them holds. */
export class HashThread implements Sha256 {
  private readonly ring = new HashRing();
  private readonly worker = new Worker(ownModule('#src/backup/digest/hash-worker.js'), {
    name: 'sha256',
    workerData: this.ring.memory,
    env: {},
    argv: [],
    execArgv: [],
    resourceLimits: LIMITS,
  });
  private readonly sha256: Promise<string>;

  /** @param ended is called once the thread is gone. */
  constructor(ended: () => void) {
    let failure = new Error('the thread that hashes has ended');
    this.worker.once('error', (error) => (failure = error));
    this.sha256 = new Promise((resolve, reject) => {
      this.worker.once('message', resolve);
      this.worker.once('exit', () => {
        reject(failure);
        this.ring.abandon(failure);
        ended();
      });
    });
    // Told to whoever asks for it.
    this.sha256.catch(() => undefined);
  }

  /** @throws Error when the thread broke down. */
  update(chunk: Buffer): Promise<void> {
    return this.ring.put(chunk);
  }

  async digest(): Promise<string> {
    await this.ring.end();
    return this.sha256;
  }

  async giveUp(): Promise<void> {
    await this.worker.terminate();
  }
}
