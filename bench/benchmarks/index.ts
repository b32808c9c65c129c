import type { Benchmark } from '../harness/benchmark.js';
import { ingestOne } from './i1-ingest-one.js';
import { queries } from './q1-queries.js';
import { removal } from './q3-removal.js';

/** In the order of the table. */
export const BENCHMARKS: Benchmark[] = [ingestOne, queries, removal];
