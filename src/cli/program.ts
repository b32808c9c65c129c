import { Argument, Command, Option } from 'commander';
import { SERVER_VERSION } from '../server-version.js';
import type { RestoreOptions } from './commands/restore.js';
import { SCOPES } from './scope.js';
import type { ServerOptions } from './server/server-client.js';
import type { Outcome, Shell } from './shell.js';

const EXIT_CODES = `
Exit codes: 0 done; 1 refused by the server, or a bad file; 2 wrong usage; 3 the server was not reached or broke
off, so that it makes sense to try again; 4 trouble with a file of this machine.`;

/** The command line. What a command does is loaded when it is asked for. */
export function buildProgram(
  shell: Shell,
  done: (outcome: Outcome) => void,
  write: (text: string) => void,
): Command {
  const program = new Command('flowg-backup')
    .description('Takes, checks and restores backups of a FlowG server.')
    .version(SERVER_VERSION)
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => undefined });

  program
    .command('verify')
    .description(
      'check backups of this machine as a restore would, without a server and without changing them',
    )
    .argument('<file...>')
    .addOption(json())
    .action(async (files: string[]) => {
      const { verify } = await import('./commands/verify.js');
      done(await verify(files, shell));
    });

  withServer(program.command('backup'))
    .description('download a backup, and keep it only when it is what the server sent')
    .addArgument(new Argument('[database]').choices(SCOPES).default('all'))
    .requiredOption('-o, --output <file>', 'where it goes')
    .option('--force', 'replace a file that is there already')
    .action(async (scope: string, options: ServerOptions & { output: string; force?: boolean }) => {
      const { backup } = await import('./commands/backup.js');
      done(await backup(scope, options, shell));
    });

  withServer(program.command('restore'))
    .usage('[options] [auth|config|logs|all] <file>')
    .description('put a backup back; what it is of is seen from the file')
    .argument('<words...>')
    .option('--dry-run', 'tell what would change, and change nothing')
    .option('--plan <id>', 'only if it would change what this dry run has told')
    .option('--allow-lockout', 'also if you could not come back afterwards')
    .option('--confirm-within <seconds>', 'undo it by itself unless it is confirmed in time')
    .option('--keep-newer', 'keep logs that are newer than the backup')
    .option('--merge', 'add what is not there, instead of replacing everything')
    .option('--only <names>', 'bring back only these')
    .action(async (words: string[], options: ServerOptions & RestoreOptions) => {
      const { restore } = await import('./commands/restore.js');
      done(await restore(words, options, shell));
    });

  withServer(program.command('list'))
    .description('list backups or restores, newest first')
    .addArgument(new Argument('[what]').choices(['backups', 'restores']).default('backups'))
    .option('--limit <number>', 'at most so many')
    .action(async (what: string, options: ServerOptions & { limit?: string }) => {
      const { list } = await import('./commands/list.js');
      done(await list(what, options, shell));
    });

  for (const [verb, description] of [
    ['undo', 'take a restore back'],
    ['confirm', 'keep a restore that would be undone by itself'],
  ] as const) {
    withServer(program.command(verb))
      .description(description)
      .argument('<id>', 'as the restore told it')
      .action(async (id: string, options: ServerOptions) => {
        const { settle } = await import('./commands/settle.js');
        done(await settle(verb, id, options, shell));
      });
  }
  return program;
}

function withServer(command: Command): Command {
  return command
    .option('--url <url>', 'of the server; FLOWG_URL or http://localhost:5080 when left out')
    .option('--token-file <file>', 'has the token; the variable FLOWG_TOKEN when left out')
    .addOption(json());
}

/** Found in the words themselves, so that a mistake in them is told as JSON as well. */
function json(): Option {
  return new Option('--json', 'one JSON object on the standard output, whatever happens');
}
