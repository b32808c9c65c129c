import { EXIT, Failure } from '../failure.js';
import { readable } from '../readable.js';
import { ServerClient, type ServerOptions } from '../server/server-client.js';
import type { Outcome, Shell } from '../shell.js';

/** @param verb `undo` or `confirm`, of the restore with this id. */
export async function settle(
  verb: string,
  id: string,
  options: ServerOptions,
  shell: Shell,
): Promise<Outcome> {
  if (!/^[0-9a-f-]{36}$/i.test(id))
    throw new Failure(
      EXIT.usage,
      `${JSON.stringify(id)} is not the id of a restore: flowg-backup list restores`,
    );
  const server = await ServerClient.of(options, shell);
  const answer = await server.json('POST', `restores/${id}/${verb}`);
  return { exitCode: EXIT.done, json: answer, text: readable(answer) };
}
