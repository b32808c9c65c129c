// Asks the registry which known weaknesses there are in what is installed with the server, and fails on a serious one. Not every
// registry can be asked: one that cannot is told about and decides nothing.
import { spawnSync } from 'node:child_process';

const SERIOUS = new Set(['high', 'critical']);
const PATIENCE_MILLISECONDS = 120_000;

const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  maxBuffer: 2 ** 28,
  timeout: PATIENCE_MILLISECONDS,
  // What npm says of its own logs is of no use here.
  stdio: ['ignore', 'pipe', 'ignore'],
});

/** @returns `vulnerabilities` where there is a report, and else what npm says is in the way. */
function reportIn(text) {
  try {
    const report = JSON.parse(text);
    return report.vulnerabilities ? report : { message: report.message ?? report.error?.summary };
  } catch {
    return {};
  }
}

const { vulnerabilities, message } = reportIn(stdout);
if (vulnerabilities) {
  const found = Object.values(vulnerabilities);
  for (const { name, severity, range } of found) console.log(`${severity}: ${name} ${range}`);
  const serious = found.filter(({ severity }) => SERIOUS.has(severity));
  console.log(`audit: ${found.length} packages with known weaknesses, ${serious.length} of them serious`);
  if (serious.length > 0) process.exitCode = 1;
} else {
  console.log(`audit: NOT DONE, the registry gave no report: ${message ?? error?.message ?? 'no answer'}`);
}
