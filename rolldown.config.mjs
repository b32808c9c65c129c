import { readFileSync } from 'node:fs';

/** What stays a package of its own, and why. All of it is a dependency of ours, so that it is found from dist/server. */
const APART = [
  // Compiled for the machine.
  'sqlite3',
  '@node-rs/argon2',
  // Loads drivers by their names.
  'typeorm',
  // Loaded by the first who needs it.
  '@aws-sdk/client-s3',
  'age-encryption',
  'undici',
];

/** Tried by libraries, and not installed. */
const ABSENT = [/^@nestjs\/(microservices|websockets)/, /^class-(validator|transformer)/, '@fastify/static'];

const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
for (const name of APART) if (!(name in dependencies)) throw new Error(`${name} is no dependency of ours`);

/**
 * One file of the server, from what `nest build` has made, and of most packages that it needs: more than two thousand files
 * to look up and read are most of what a start takes (docs/decisions/0031-one-file-to-start.md).
 */
export default {
  input: 'dist/src/main.js',
  platform: 'node',
  external: [...APART, ...ABSENT],
  output: { file: 'dist/server/main.js', codeSplitting: false, keepNames: true },
  onLog(_level, { message }) {
    throw new Error(message);
  },
};
