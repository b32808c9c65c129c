const EVERY_MILLISECONDS = 200;

/** Counts bytes, and shows on a terminal how far it is. @returns what is to be told of each chunk, and of the end. */
export function progress(what: string, total: number) {
  const begun = Date.now();
  let bytes = 0;
  let shown = begun;
  return {
    add(count: number): void {
      bytes += count;
      if (!process.stderr.isTTY || Date.now() - shown < EVERY_MILLISECONDS) return;
      shown = Date.now();
      const percent = total > 0 ? Math.floor((100 * bytes) / total) : 100;
      const speed = bytes / 1e6 / ((shown - begun) / 1000);
      process.stderr.write(`\r\x1b[K${what}: ${percent} % of ${megabytes(total)}, ${speed.toFixed(1)} MB/s`);
    },
    end(): void {
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    },
  };
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
