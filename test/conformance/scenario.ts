import { it } from 'vitest';
import type { Api, Ask } from './api.js';
import { check } from './check.js';
import type { Expectation } from './expectation.js';

/** One request and the answer that it must get. */
export interface Step extends Ask {
  answer: Expectation;
}

export interface Scenario extends Step {
  name: string;
  /** What is to be seen of it afterwards. */
  next?: Step[];
}

/** A line of a table for each of these. */
export function each<Row>(rows: readonly Row[], line: (row: Row) => Scenario): Scenario[] {
  return rows.map(line);
}

/** Makes a test of each line, in their order. */
export function scenarios(api: Api, table: Scenario[]): void {
  for (const scenario of table) {
    it(scenario.name, async () => {
      await perform(api, scenario, ...(scenario.next ?? []));
    });
  }
}

/** Takes the steps one after the other. */
export async function perform(api: Api, ...steps: Step[]): Promise<void> {
  for (const step of steps) check(await api.ask(step), step.answer);
}
