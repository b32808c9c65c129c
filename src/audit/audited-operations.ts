import type { Request } from 'express';
import { z } from 'zod';
import { jsonObject } from '../http/lenient.schema.js';

/** What there is to say of an attempt besides who, where and how it ended; `answer` is there when it succeeded. */
export type Facts = (request: Request, answer?: Record<string, unknown>) => Record<string, unknown>;

const LONGEST_NAME = 255;
const MOST_NAMES = 50;

const name = z.string().transform((text) => text.slice(0, LONGEST_NAME));
const names = z.array(name).transform((list) => list.slice(0, MOST_NAMES));

/** The audit must not fail where the request does: what is not as it should be is left out. */
const loginBody = jsonObject({ username: name.optional().catch(undefined) });
const userBody = jsonObject({ roles: names.optional().catch(undefined) });
const roleBody = jsonObject({ scopes: names.optional().catch(undefined) });

const scheduleBody = jsonObject({ database: name.optional().catch(undefined) });
const backupId = z.uuid().optional();

const nothing: Facts = () => ({});

const restore: Facts = ({ query }, answer) => ({
  dryRun: query.dry_run === 'true' ? true : undefined,
  mode: query.mode === 'merge' || query.only !== undefined ? 'part' : undefined,
  restore: answer?.restore_id,
  from: backupId.safeParse(query.from).data,
});

const proof: Facts = (_request, answer) => ({
  proof: (answer?.backup as { proof?: { outcome?: unknown } } | undefined)?.proof?.outcome,
});

/** Operations of the API of which every attempt is written down, by their ids. Never a secret: see the README. */
export const AUDITED_OPERATIONS: Record<string, Facts> = {
  login: ({ body }) => ({ user: loginBody.safeParse(body).data?.username }),
  change_password: nothing,
  create_token: (_request, answer) => ({ token: answer?.token_uuid }),
  delete_token: nothing,
  save_user: ({ body }) => ({ roles: userBody.safeParse(body).data?.roles }),
  delete_user: nothing,
  save_role: ({ body }) => ({ scopes: roleBody.safeParse(body).data?.scopes }),
  delete_role: nothing,
  restore_auth: restore,
  restore_config: restore,
  restore_logs: restore,
  restore_all: restore,
  prove_backup: proof,
  undo_restore: nothing,
  confirm_restore: nothing,
  save_backup_schedule: ({ body }) => ({ database: scheduleBody.safeParse(body).data?.database }),
  delete_backup_schedule: nothing,
  run_backup_schedule: (_request, answer) => ({ backup: (answer?.backup as { id: string } | undefined)?.id }),
};
