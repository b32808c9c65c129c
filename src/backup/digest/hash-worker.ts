import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { HashRing } from './hash-ring.js';

const ring = new HashRing(workerData as SharedArrayBuffer);
const hash = createHash('sha256');
for (let part = ring.take(); part; part = ring.take()) {
  hash.update(part);
  ring.release();
}
parentPort!.postMessage(hash.digest('hex'), []);
