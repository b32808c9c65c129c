import type { Benchmark } from '../harness/benchmark.js';
import { ingestOne } from './i1-ingest-one.js';

/** In the order of the table. */
export const BENCHMARKS: Benchmark[] = [ingestOne];
