import { readFileSync } from 'node:fs';

const TABLES = ['/proc/net/udp', '/proc/net/udp6'];
/** Columns of a table: the local address is `0100007F:158A`, port last, and the drops are at the end of a line. */
const LOCAL_ADDRESS = 1;

/**
 * Datagrams for this port that the kernel has thrown away since the socket was opened, because its buffer was full:
 * the process was too busy to fetch them. Linux tells; elsewhere this is 0. Sockets of others on the same port of another
 * address are counted too.
 */
export function kernelDrops(port: number): number {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = TABLES.flatMap(readTable).filter((columns) => columns[LOCAL_ADDRESS]?.endsWith(suffix));
  return sockets.reduce((sum, columns) => sum + Number(columns.at(-1)), 0);
}

function readTable(path: string): string[][] {
  try {
    const lines = readFileSync(path, 'latin1').trimEnd().split('\n').slice(1);
    return lines.map((line) => line.trim().split(/\s+/));
  } catch {
    return [];
  }
}
