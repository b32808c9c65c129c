import type { ChangeLimits } from './change-limits.js';

/** Lets texts into an answer for as long as there is room. */
export class TextBudget {
  private left: number;

  constructor(private readonly limits: Pick<ChangeLimits, 'textBytes' | 'allTextBytes'>) {
    this.left = limits.allTextBytes;
  }

  /** @returns false for a text that is too long, by itself or for what is left; it takes no room then. */
  takes(text: string): boolean {
    // A character of JavaScript has a byte at the least: what is too long anyhow need not be counted.
    if (text.length > this.limits.textBytes) return false;
    const bytes = Buffer.byteLength(text);
    if (bytes > this.limits.textBytes || bytes > this.left) return false;
    this.left -= bytes;
    return true;
  }
}
