import type { Benchmark } from '../harness/benchmark.js';
import { download } from './b1-download.js';
import { busyDownload } from './b2-busy-download.js';
import { firstByte } from './b3-first-byte.js';
import { writerPause } from './b4-writer-pause.js';
import { memory } from './b5-memory.js';
import { disk } from './b6-disk.js';
import { restore } from './b7-restore.js';
import { upload } from './b8-upload.js';
import { gap } from './b9-gap.js';
import { ingestOne } from './i1-ingest-one.js';
import { ingestMany } from './i2-ingest-many.js';
import { referencePipeline } from './i3-reference-pipeline.js';
import { authentication } from './i4-authentication.js';
import { queries } from './q1-queries.js';
import { growth } from './q2-growth.js';
import { removal } from './q3-removal.js';
import { start } from './s1-start.js';

/** In the order of the table. */
export const BENCHMARKS: Benchmark[] = [
  download,
  busyDownload,
  firstByte,
  writerPause,
  memory,
  disk,
  restore,
  upload,
  gap,
  ingestOne,
  ingestMany,
  referencePipeline,
  authentication,
  queries,
  growth,
  removal,
  start,
];
