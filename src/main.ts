import { createApplication } from './bootstrap.js';
import { startServer } from './server.js';
import { readSettings, SettingsError, unknownSettings } from './settings.js';

// A reader of the log that goes away (`| head`) must not take the server with it.
process.stdout.on('error', () => undefined);

try {
  const settings = readSettings(process.env);
  for (const name of unknownSettings(process.env))
    console.warn(`warning: ${name} is not a setting of this server`);
  if (settings.failpoints) console.warn('warning: FLOWG_TEST_FAILPOINTS makes this server fail on purpose');
  await startServer(await createApplication(settings), settings);
} catch (error) {
  // The message is for the person who starts the server; FLOWG_VERBOSE adds the stack.
  console.error(error instanceof SettingsError ? error.message : `cannot start: ${(error as Error).message}`);
  process.exitCode = 1;
  process.exit();
}
