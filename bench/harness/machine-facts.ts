import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';
import { LOADED_BY } from './load.js';

/** What a reader needs to know of the machine to compare two pages of results. */
export interface MachineFacts {
  date: string;
  commit: string;
  node: string;
  system: string;
  processor: string;
  cores: number;
  memoryGigabytes: number;
  /** What has sent the requests; absent in older results, which are autocannon's. */
  loadedBy?: string;
}

export function machineFacts(commit: string): MachineFacts {
  return {
    date: new Date().toISOString(),
    commit,
    node: process.version,
    system: `${platform()} ${arch()}`,
    processor: processorName(),
    cores: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 1024 ** 3),
    loadedBy: LOADED_BY,
  };
}

function processorName(): string {
  try {
    const name = /model name\s*:\s*(.+)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1];
    if (name) return name;
  } catch {
    // Not Linux.
  }
  return cpus()[0]?.model ?? 'unknown';
}
