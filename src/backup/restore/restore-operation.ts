import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { RestorableName } from '../../database/database.js';
import { Operation } from '../../http/operation.decorator.js';
import type { RunScope } from '../run-scope.js';

const EXAMPLE = {
  success: true,
  restore_id: '5f0f6a3e-6e0a-4d0b-9d43-0d1d5a0c2a51',
  bytes: 61440,
  sha256: 'f2ca1bb6c7e907d06dafe4687e579fce76b37e4e93b7605022da52e6ccc26fd2',
  instant: '2026-01-31T09:30:00.004Z',
  undoable_until: '2026-02-01T10:00:00.000Z',
  confirm_by: null,
};

const EXACTNESS =
  'Exactly the state of the backup, all of it or nothing: what was changed or deleted since comes back, what was added is ' +
  'gone. The server goes on meanwhile. A file that is not a sound backup is refused before anything is touched. What was ' +
  'replaced is kept for a while: `POST /api/v1/restores/{id}/undo` puts it back.';

const PREVIEW =
  'With `dry_run=true` nothing is touched, and the answer tells in `changes` what would come back, change and go, in ' +
  '`lockout` who could not get in any more, in `expected_switch_ms` how long writers would wait, and a `plan`: sent with the ' +
  'same file it commits exactly that, or answers `409` when something has changed since.';

const FROM =
  'With `from` nothing is sent: the backup of that id is read from the destination that a schedule has stored it in, and counts only ' +
  'if it is to the last bit what the catalogue says of it. Everything else is the same. `409` for one that is sealed: the ' +
  'server has no key for it.';

/** Of the databases that can be restored in part, more that there is to say. */
const FURTHER: Record<RunScope, string> = {
  auth: '',
  config:
    '\n\nWith `only` the answer has `taken` instead: these definitions were saved as if by a PUT, all or none, and ' +
    'nothing else was changed.',
  logs:
    '\n\nWith `mode=merge` the answer has `merged` instead: by stream how many logs were `added`, `already_there`, or ' +
    '`skipped` because they have expired or do not fit. With `keep_newer=true` it has `kept_newer` as well.',
  all: '',
};

/** What the explorer shows of the restore of one database. */
export function RestoreOperation(name: RestorableName, rows: Record<string, number>) {
  return documented(name, {
    summary: `Put a backup of the ${name} database back`,
    file: `A file that GET /api/v1/backup/${name} gave, here or on a server of FlowG's own.`,
    answer: { ...EXAMPLE, database: name, generation: 2, schema_version: 1, rows },
  });
}

/** What the explorer shows of the restore of all databases. */
export function RestoreAllOperation() {
  return documented('all', {
    summary: 'Put a backup of the whole server back',
    file: 'An archive that GET /api/v1/backup gave.',
    answer: {
      ...EXAMPLE,
      database: 'all',
      generations: { auth: 2, config: 2, logs: 2 },
      schema_version: null,
      rows: {
        auth: { users: 3, roles: 2, tokens: 4 },
        config: { transformers: 1, pipelines: 2, alerts: 0 },
        logs: { streams: 1, entries: 20000 },
      },
    },
  });
}

function documented(
  scope: RunScope,
  docs: { summary: string; file: string; answer: Record<string, unknown> },
) {
  return applyDecorators(
    Operation(`restore_${scope}`, {
      tag: 'backup',
      summary: docs.summary,
      description: `${EXACTNESS}\n\n${FROM}\n\n${PREVIEW}${FURTHER[scope]}`,
      answer: docs.answer,
      problems: [
        'INVALID_ARGUMENT',
        'NOT_FOUND',
        'TIMEOUT',
        'CONFLICT',
        'BAD_GATEWAY',
        'INSUFFICIENT_STORAGE',
        // Of `only`: what is too much together, and scripts that cannot be tried at the moment.
        ...(scope === 'config' ? (['TOO_LARGE', 'UNAVAILABLE'] as const) : []),
      ],
    }),
    ApiConsumes('multipart/form-data'),
    ApiBody({
      required: false,
      schema: {
        type: 'object',
        required: ['backup'],
        properties: { backup: { type: 'string', format: 'binary', description: docs.file } },
      },
    }),
  );
}
