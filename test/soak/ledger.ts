interface Sent {
  /** Unix milliseconds. */
  sentMs: number;
  /** When the server said that it has it; undefined: it never did, so it may have it or not. */
  acknowledgedMs?: number;
}

/** Every entry that was sent, and what must therefore be in a state of the server. */
export class Ledger {
  private next = 1;
  private entries = new Map<number, Sent>();
  acknowledged = 0;

  /** @returns numbers for so many entries that are sent now. */
  send(count: number): number[] {
    const numbers = Array.from({ length: count }, () => this.next++);
    const sentMs = Date.now();
    for (const number of numbers) this.entries.set(number, { sentMs });
    return numbers;
  }

  /** The server has answered that it has them. */
  acknowledge(numbers: number[]): void {
    const acknowledgedMs = Date.now();
    for (const number of numbers) this.entries.get(number)!.acknowledgedMs = acknowledgedMs;
    this.acknowledged += numbers.length;
  }

  /**
   * @param found numbers of the entries that are in the state of an instant, each as often as it is there.
   * @param instantMs Unix milliseconds; left out: it is the state of now.
   * @returns what is wrong with it; empty: all that was acknowledged before is there, nothing that was sent after, nothing twice.
   */
  faultsOf(found: readonly number[], instantMs = Infinity): string[] {
    const there = new Set(found);
    const faults: string[] = [];
    const missing = [...this.entries].filter(
      ([number, { acknowledgedMs }]) =>
        acknowledgedMs !== undefined && acknowledgedMs < instantMs && !there.has(number),
    );
    const early = found.filter((number) => {
      const entry = this.entries.get(number);
      return !entry || entry.sentMs > instantMs;
    });
    if (missing.length > 0)
      faults.push(
        `${missing.length} acknowledged entries are missing: ${first(missing.map(([number]) => number))}`,
      );
    if (early.length > 0)
      faults.push(`${early.length} entries are from after the instant, or were gone: ${first(early)}`);
    if (there.size < found.length) faults.push(`${found.length - there.size} entries are there twice`);
    return faults;
  }

  /** A restore has put this state in place of all others: what is not in it never comes back. */
  rewind(found: readonly number[]): void {
    const there = new Set(found);
    this.entries = new Map([...this.entries].filter(([number]) => there.has(number)));
    for (const entry of this.entries.values()) entry.acknowledgedMs ??= Date.now();
  }
}

function first(numbers: number[]): string {
  return numbers.slice(0, 5).join(', ');
}
