import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { hasProgram } from '../support/programs.js';
import { PROJECT_ROOT, TestServer } from '../support/test-server.js';
import { CHART, hasHelm, HELM, objectsOf, only, render, type Rendered, type Values } from './helm.js';
import { readmeBlock, readmeBlocks } from './readme-blocks.js';
import { valueNames } from './value-names.js';

const programs = ['bash', 'curl', 'jq', 'base64'].map(hasProgram).every(Boolean);
const [installation, commands] = readmeBlocks('Kubernetes');

/** Stands for a cluster: it knows one Secret and one Service, and that both are in one namespace. */
const KUBECTL = `#!/usr/bin/env bash
case "$*" in
  "-n $NAMESPACE rollout status statefulset/flowg") ;;
  "-n $NAMESPACE port-forward service/flowg 5080:http") ;;
  "-n $NAMESPACE get secret flowg -o jsonpath={.data.initial-user}") printf %s "$USER_IN_SECRET" ;;
  "-n $NAMESPACE get secret flowg -o jsonpath={.data.initial-password}") printf %s "$PASSWORD_IN_SECRET" ;;
  *) echo "kubectl does not know: $*" >&2; exit 1 ;;
esac
`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-commands-'));
  await mkdir(join(folder, 'bin'));
  if (hasHelm) await symlink(HELM, join(folder, 'bin', 'helm'));
  await writeFile(join(folder, 'bin', 'kubectl'), KUBECTL);
  await chmod(join(folder, 'bin', 'kubectl'), 0o755);
});
afterEach(() => rm(folder, { recursive: true }));

async function bash(script: string, env: Record<string, string> = {}, cwd = folder): Promise<string> {
  const path = `${join(folder, 'bin')}:${process.env.PATH}`;
  const options = { cwd, env: { PATH: path, HOME: folder, ...env } };
  return (await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], options)).stdout;
}

/** Runs commands against a server that was started with what is in the Secret. */
async function runWithSecret(script: string, namespace: string, objects: Rendered[]): Promise<void> {
  const { data } = only(objects, 'Secret');
  const plain = (key: string) => Buffer.from(data[key], 'base64').toString();
  const server = await TestServer.start({
    env: {
      FLOWG_AUTH_INITIAL_USER: plain('initial-user'),
      FLOWG_AUTH_INITIAL_PASSWORD: plain('initial-password'),
      FLOWG_SECRET_KEY: plain('secret-key'),
    },
  });
  try {
    const printed = await bash(script.replaceAll('http://localhost:5080', server.url), {
      NAMESPACE: namespace,
      USER_IN_SECRET: data['initial-user'],
      PASSWORD_IN_SECRET: data['initial-password'],
    });
    expect(printed.match(/"success":true/g)).toHaveLength(3);
    for (const name of ['auth', 'config', 'logs'])
      expect((await readFile(join(folder, `${name}.db`))).toString('latin1', 0, 15)).toBe('SQLite format 3');
  } finally {
    await server.stop();
  }
}

/** What helm tells whoever has just installed the chart. */
async function notes(values: Values = {}): Promise<string> {
  await writeFile(join(folder, 'values.yaml'), stringify(values));
  const options = '--namespace logs --values values.yaml --dry-run=client';
  return (await bash(`helm install flowg ${CHART} ${options}`)).split('\nNOTES:\n')[1]!;
}

describe.skipIf(!hasHelm || !programs)("the README's section on Kubernetes", () => {
  it('installs the chart in one line', async () => {
    expect(installation!.trim().split('\n')).toHaveLength(1);
    const printed = await bash(`${installation!.trim()} --dry-run=client`, {}, PROJECT_ROOT);
    expect(printed).toMatch(/^NAMESPACE: flowg$/m);
    const objects = objectsOf(/^MANIFEST:\n([^]*)^NOTES:$/m.exec(printed)![1]!);
    const [container] = only(objects, 'StatefulSet').spec.template.spec.containers;
    expect(container.image).toMatch(/^registry\.example\.org\/flowg-server:\d/);
  });

  it('takes and restores backups with the commands that are there without Kubernetes', async () => {
    expect(commands).toContain(readmeBlock('Backup'));
    expect(commands).toContain(readmeBlock('Restore'));
    await runWithSecret(commands!, 'flowg', render());
  });
});

describe.skipIf(!hasHelm || !programs)('the notes after an installation', () => {
  it('have commands that work', async () => {
    const script = (await notes()).split('\n').filter((line) => line.startsWith('  '));
    expect(script.length).toBeGreaterThan(12);
    await runWithSecret(script.join('\n'), 'logs', render());
  });

  it('speak HTTPS to a server that does', async () => {
    const text = await notes({ tls: { http: { secretName: 'mine' } } });
    expect(text).toContain('curl --insecure --silent --retry 5 --retry-connrefused https://localhost:5080/');
    expect(text).not.toContain('http://');
  });

  it('warn of a way in without TLS', async () => {
    const hosts = [{ host: 'logs.example.org' }];
    const tls = [{ secretName: 'logs-tls', hosts: ['logs.example.org'] }];
    expect(await notes()).not.toContain('WARNING');
    expect(await notes({ ingress: { enabled: true, hosts } })).toContain('WARNING: the Ingress has no TLS.');
    expect(await notes({ ingress: { enabled: true, hosts, tls } })).not.toContain('WARNING');
    expect(await notes({ service: { type: 'LoadBalancer' } })).toContain('without tls.http');
  });

  it('name what stays, and what is yours', async () => {
    expect(await notes()).toMatch(/the claim data-flowg-0, which stays .*\nSo does the Secret flowg:/);
    const mine = { auth: { existingSecret: 'my-secret' }, persistence: { existingClaim: 'my-claim' } };
    const text = await notes(mine);
    expect(text).toContain('get secret my-secret -o');
    expect(text).toContain('your claim my-claim.');
    expect(text).not.toContain('So does the Secret');
  });

  it('say which backups are taken by themselves, or that none is', async () => {
    expect(await notes()).toContain('No backup is taken by itself');
    const destinations = { nas: { type: 'folder', existingClaim: 'mine' } };
    const schedules = [
      { name: 'nightly', database: 'all', cron: '0 3 * * *', destination: 'nas', keep: { last: 3 } },
    ];
    const text = await notes({ backup: { destinations, schedules } });
    expect(text).toContain('Backups are taken by themselves: nightly (all, to nas).');
    expect(text).not.toContain('No backup');
  });
});

describe("the chart's README", () => {
  it('describes every value, and no other', async () => {
    const rows = (await readFile(join(CHART, 'README.md'), 'utf8'))
      .split('\n')
      .filter((row) => row.startsWith('| `'));
    const described = rows.flatMap((row) =>
      [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map((found) => found[1]!),
    );
    expect(described.toSorted()).toEqual(valueNames().toSorted());
  });
});
