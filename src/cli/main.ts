#!/usr/bin/env node
import { run } from './run.js';

// A reader that goes away (`| head`) is no reason to fail.
process.stdout.on('error', () => undefined);

const interruption = new AbortController();
for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    process.exitCode = exitCode;
    interruption.abort();
  });
}

const { FLOWG_URL: url, FLOWG_TOKEN: token } = process.env;
const { exitCode, stdout, stderr } = await run(process.argv.slice(2), {
  url,
  token,
  signal: interruption.signal,
});
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode ??= exitCode;
