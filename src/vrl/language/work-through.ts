import type { Fields } from '../script-engine.js';
import type { Progress } from '../threads/progress.js';
import type { Task } from '../threads/task.js';
import { Company } from './company.js';
import type { FlatRecord } from './flatten.js';
import { RecordRefusal } from './record-refusal.js';
import { ScriptMemory } from './script-memory.js';
import { transform } from './transform.js';
import { transformTogether } from './transform-together.js';

const companies = new ScriptMemory((script) => new Company(script));

/**
 * Runs a script on records, alone or together, and always with the same result.
 * @returns for each record, in their order, what it becomes or why it becomes nothing.
 * @throws Breakdown
 */
export function* workThrough(
  { script, records, alone }: Task,
  progress: Progress,
): Generator<FlatRecord | RecordRefusal> {
  const company = companies.of(script);
  for (let next = 0; next < records.length;) {
    const size = alone ? 1 : company.sizeFor(records.length - next);
    const results = size > 1 ? together(script, records.slice(next, next + size), company, progress) : [];
    for (let place = 0; place < size; place++, next++) {
      if (!results[place]) progress.enterRecord(next);
      yield results[place] ?? transformAlone(script, records[next]!, company);
    }
  }
}

function together(
  script: string,
  records: Fields[],
  company: Company,
  progress: Progress,
): (FlatRecord | undefined)[] {
  progress.enterTogether();
  const start = performance.now();
  const results = transformTogether(script, records);
  company.noteTogether(results !== undefined, records.length, performance.now() - start);
  return results ?? [];
}

function transformAlone(script: string, record: Fields, company: Company): FlatRecord | RecordRefusal {
  const start = performance.now();
  const result = refusalAsResult(() => transform(script, record));
  company.noteAlone(!(result instanceof RecordRefusal), performance.now() - start);
  return result;
}

function refusalAsResult(transformed: () => FlatRecord): FlatRecord | RecordRefusal {
  try {
    return transformed();
  } catch (error) {
    if (error instanceof RecordRefusal) return error;
    throw error;
  }
}
