import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSettings, unknownSettings } from '#src/settings.js';
import { PROJECT_ROOT } from '../support/test-server.js';
import { contextOfDockerfile } from './build-stage.js';
import { commandOf, imageEnvironment, restsOf, stagesOfDockerfile } from './dockerfile.js';

const [build, final, ...others] = stagesOfDockerfile();

describe('the Dockerfile', () => {
  it('has two stages of exact versions, the final one without a compiler', () => {
    expect(others).toEqual([]);
    expect(restsOf(build!, 'FROM')).toEqual(['node:20.20.2-bookworm AS build']);
    expect(restsOf(final!, 'FROM')).toEqual(['node:20.20.2-bookworm-slim']);
    expect(restsOf(final!, 'RUN')).toEqual([]);
  });

  it('does what the script does, and takes over nothing else', () => {
    expect(restsOf(build!, 'RUN')).toEqual([
      'npm ci --ignore-scripts --no-audit --no-fund',
      'npm run build',
      'deploy/install.sh /opt/flowg',
      'mkdir /data && chown 10001:10001 /data',
    ]);
    expect(restsOf(final!, 'COPY')).toEqual([
      '--from=build /opt/flowg /opt/flowg',
      '--from=build --chown=10001:10001 /data /data',
    ]);
  });

  it('runs as a user of a number that is not root, with one volume', () => {
    expect(restsOf(final!, 'USER')).toEqual(['10001:10001']);
    expect(restsOf(final!, 'VOLUME')).toEqual(['/data']);
    const { TMPDIR, FLOWG_DATA_DIR } = imageEnvironment();
    expect([TMPDIR, FLOWG_DATA_DIR]).toEqual(['/data', '/data']);
  });

  it('starts the server as it is started without it, by one command, as in production', () => {
    expect(commandOf('CMD')).toEqual([process.execPath, 'scripts/start.cjs']);
    expect(restsOf(final!, 'CMD')).toHaveLength(1);
    expect(restsOf(final!, 'ENTRYPOINT')).toEqual([]);
    expect(restsOf(final!, 'WORKDIR')).toEqual(['/opt/flowg']);
    expect(restsOf(final!, 'ENV')).toHaveLength(1);
    expect(imageEnvironment().NODE_ENV).toBe('production');
    // There it would leave out what the build needs.
    expect(restsOf(build!, 'ENV')).toEqual([]);
  });

  it('checks the health of the server with node itself', () => {
    expect(restsOf(final!, 'HEALTHCHECK')).toEqual([
      expect.stringMatching(/ CMD \["node", "scripts\/healthcheck\.mjs"\]$/),
    ]);
  });

  it('gives the server settings that it knows, and opens the ports that they name', () => {
    const environment = imageEnvironment();
    expect(unknownSettings(environment)).toEqual([]);
    const { http, management, syslog } = readSettings(environment);
    expect(http.address.loopback).toBe(false);
    const ports = [http.address.port, management.address.port, syslog.address.port];
    expect(restsOf(final!, 'EXPOSE')[0]!.match(/\d+/g)!.map(Number)).toEqual([...ports, ports[2]]);
  });

  it('is given only what the build reads', () => {
    const lines = readFileSync(join(PROJECT_ROOT, '.dockerignore'), 'utf8').split('\n');
    const [first, ...exceptions] = lines.filter((line) => line && !line.startsWith('#'));
    expect(first).toBe('*');
    expect(exceptions).toEqual(contextOfDockerfile().map((name) => `!${name}`));
    expect(
      contextOfDockerfile().filter((name) => /data|test|node_modules|dist|\.git|^\.?\/?$/.test(name)),
    ).toEqual([]);
  });
});
