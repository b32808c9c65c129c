import { countOf, type DatabaseSchema } from '../database/database-definition.js';
import { Alert } from './alert.entity.js';
import { CreateConfig1764000000000 } from './migrations/1764000000000-create-config.js';
import { Pipeline } from './pipeline.entity.js';
import { Transformer } from './transformer.entity.js';

/** What the config database holds, for `ormconfig.ts`. */
export const configSchema: DatabaseSchema = {
  entities: [Transformer, Pipeline, Alert],
  migrations: [CreateConfig1764000000000],
  rowCounts: {
    transformers: countOf('transformers'),
    pipelines: countOf('pipelines'),
    alerts: countOf('alerts'),
  },
  readers: 2,
};
