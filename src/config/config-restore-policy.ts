import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { StagedGeneration } from '../database/database.js';
import {
  objectText,
  requireContent,
  requireJson,
  requireUtf8,
} from '../database/portable-file/require-content.js';
import type { RestorePolicy } from '../database/restore-policy.js';
import { nameSchema } from '../http/name.schema.js';
import { flowSchema } from './flow/flow.schema.js';
import { stagedDefinitions } from './staged-config.store.js';
import { scriptSchema } from './transformer.schema.js';
import { webhookSchema } from './webhook.schema.js';

interface Content {
  kind: string;
  table: string;
  column: string;
  schema: z.ZodType;
  decode: (text: string, object: string) => unknown;
}

const CONTENTS: Content[] = [
  {
    kind: 'transformer',
    table: 'transformers',
    column: 'script',
    schema: scriptSchema,
    decode: (text) => text,
  },
  { kind: 'pipeline', table: 'pipelines', column: 'flow', schema: flowSchema, decode: requireJson },
  { kind: 'alert', table: 'alerts', column: 'webhook', schema: webhookSchema, decode: requireJson },
];

/** A restored definition is one that could have been saved: each row passes the schemas of the API's own input. */
@Injectable()
export class ConfigRestorePolicy implements RestorePolicy {
  async validate(staged: StagedGeneration): Promise<void> {
    for (const { kind, table, column, schema, decode } of CONTENTS) {
      for await (const { name, nameBytes, content } of stagedDefinitions(staged, table, column)) {
        const object = objectText(kind, name);
        requireUtf8(nameBytes, object);
        requireContent(nameSchema, name, object);
        requireContent(schema, decode(content, object), object);
      }
    }
  }
}
