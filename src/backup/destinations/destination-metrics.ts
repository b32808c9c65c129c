import { Counter } from 'prom-client';

const bytes = new Counter({
  name: 'flowg_backup_destination_bytes_total',
  help: 'Bytes that were written to a destination, also those of files that did not come to their end',
  labelNames: ['destination'],
});

/** Counts bytes that a destination has taken; 0 at the start, so that there is a number from the beginning. */
export function countWritten(destination: string, count: number): void {
  bytes.inc({ destination }, count);
}
