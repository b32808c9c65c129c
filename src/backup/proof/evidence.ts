import type { PassedCheck, Proof } from '../stored-copy.js';

/** What a proof has seen so far. */
export class Evidence {
  readonly checks: PassedCheck[] = [];
  readonly queries: Proof['queries'] = [];

  passed(check: string, saw: string): void {
    this.checks.push({ check, saw });
  }
}
