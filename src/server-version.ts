import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('#package.json') as { version: string };

/** Version of this server, as its package says. */
export const SERVER_VERSION = version;
