import type { Benchmark } from '../harness/benchmark.js';
import { download } from './b1-download.js';
import { restore } from './b7-restore.js';
import { upload } from './b8-upload.js';
import { ingestOne } from './i1-ingest-one.js';

/** In the order of the table. */
export const BENCHMARKS: Benchmark[] = [download, restore, upload, ingestOne];
