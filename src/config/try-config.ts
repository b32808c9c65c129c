import type { RowCounts } from '../database/database.js';
import type { Trials } from '../database/trials.js';
import { AlertsService } from './alerts.service.js';
import type { ConfigDatabase } from './config.database.js';
import { planPipeline } from './flow/pipeline-plan.js';
import { NamedStore } from './named.store.js';
import { PipelinesService } from './pipelines.service.js';
import { PipelinesStore } from './pipelines.store.js';
import { Transformer } from './transformer.entity.js';

/** Definitions of each kind that are read: enough to know that it works. */
const MOST_READ = 100;

/**
 * Asks a database what the API would be asked: what is there, what is in it, and whether pipelines run. One that does not, for
 * want of something that it names, may have been saved like that: it is counted, and no failure.
 * @throws what SQLite says, or Problem and ZodError for a definition that cannot be read.
 */
export async function tryConfig(database: ConfigDatabase, rows: RowCounts, trials: Trials): Promise<void> {
  const transformers = new NamedStore(database, Transformer, 'transformer');
  const alerts = new AlertsService(database);
  const pipelines = new PipelinesService(new PipelinesStore(database), database);
  const scripts = await trials.askFor('transformers', rows.transformers!, () => transformers.names());
  await trials.ask('scripts', () => each(scripts, (name) => transformers.get(name)));
  const webhooks = await trials.askFor('alerts', rows.alerts!, () => alerts.list());
  await trials.ask('webhooks', () => each(webhooks, (name) => alerts.get(name)));
  const flows = await trials.askFor('pipelines', rows.pipelines!, () => pipelines.list());
  await trials.ask('pipelines that run', async () => {
    const closures = await each(flows, (name) => pipelines.closure(name));
    return closures.filter((closure) => 'plan' in planPipeline(closure));
  });
}

async function each<T>(names: readonly string[], read: (name: string) => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (const name of names.slice(0, MOST_READ)) all.push(await read(name));
  return all;
}
