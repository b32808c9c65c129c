import type { StagedGeneration } from '../database.js';

/** The rows that answer a question: as the check of the file has found them, else asked of the generation itself. */
export async function answerTo<Row>(staged: StagedGeneration, question: string): Promise<Row[]> {
  const found = staged.answers?.[question];
  return (found ?? (await staged.read((manager) => manager.query<unknown[]>(question)))) as Row[];
}
