import type { Trial } from '../../database/trials.js';
import type { PassedCheck } from '../stored-copy.js';

/** What a proof has seen so far. */
export class Evidence {
  readonly checks: PassedCheck[] = [];
  readonly queries: Trial[] = [];

  passed(check: string, saw: string): void {
    this.checks.push({ check, saw });
  }
}
