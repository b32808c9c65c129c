import { randomBytes, randomInt } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RestorableName } from '#src/database/database.js';
import { type Digests, digestsOf, NAMES, upload } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';
import { badgerStream, pairBytes } from './badger-stream.js';
import { alertFile, configArchive, tarOf } from './config-archive.js';
import { authKeys, configKeys, logsKeys } from './flowg-databases.js';

const MUTATIONS = Number(process.env.FLOWG_TEST_MUTATIONS ?? 40);

let server: TestServer;
let root: string;
let before: Digests;
const good = {} as Record<RestorableName | 'archive', Buffer>;

beforeAll(async () => {
  server = await TestServer.start();
  root = await server.createToken(await server.login());
  before = await digestsOf(server, root);
  const roles = { admin: ['write_acls'] };
  good.auth = badgerStream(authKeys({ users: [{ name: 'ann', roles: ['admin'] }], roles }), 2);
  const entry = { stream: 's', timestamp: '2026-01-31T09:30:00.5Z', fields: { a: 'b' } };
  good.logs = badgerStream(logsKeys({ s: { config: { indexed_fields: ['a'] } } }, [entry, entry, entry]), 2);
  good.config = badgerStream(
    configKeys({ transformer: { t: '.', u: '.a = 1' }, forwarder: { f: { url: 'http://x' } } }),
    2,
  );
  good.archive = await configArchive([
    { name: 'transformers/t.vrl', content: '.' },
    { name: 'pipelines/p.json', content: '{}' },
    alertFile('a', { url: 'http://x' }),
  ]);
});

afterAll(() => server.stop());

afterEach(async () => {
  expect(await digestsOf(server, root), 'nothing was changed').toEqual(before);
  expect(await parts(), 'nothing was left').toEqual([]);
});

async function parts(): Promise<string[]> {
  const names = await Promise.all(NAMES.map((name) => readdir(join(server.dataDir, name))));
  return names.flat().filter((name) => name.includes('.part'));
}

/** What the server says when it refuses a file. */
async function refusal(name: RestorableName, bytes: Buffer): Promise<string> {
  const { status, body, text } = await upload(server, root, name, bytes);
  expect(status, text).toBe(400);
  expect(body.status).toBe('INVALID_ARGUMENT');
  expect(text).not.toContain(server.dataDir);
  return body.error;
}

describe('a file for another database is told where it belongs', () => {
  const cases: [of: keyof typeof good, to: RestorableName, text: RegExp][] = [
    ['auth', 'logs', /check "kind".*FlowG's auth database, not of logs: send it to \/api\/v1\/restore\/auth/],
    ['auth', 'config', /check "kind".*FlowG's auth database, not of config/],
    ['logs', 'auth', /check "kind".*FlowG's logs database, not of auth: send it to \/api\/v1\/restore\/logs/],
    ['logs', 'config', /check "kind".*FlowG's logs database/],
    ['config', 'logs', /check "kind".*FlowG's config database/],
    ['archive', 'auth', /check "kind".*send it to \/api\/v1\/restore\/config/],
    ['archive', 'logs', /check "kind".*send it to \/api\/v1\/restore\/config/],
  ];
  it.each(cases)('%s sent to %s', async (of, to, text) => {
    expect(await refusal(to, good[of])).toMatch(text);
  });

  it('at once, however large it is', async () => {
    const keys = Array.from({ length: 30_000 }, (_, index) => ({
      key: `pat:ann:${index}`,
      value: 'x'.repeat(2000),
    }));
    expect(await refusal('logs', badgerStream(keys))).toMatch(/check "kind"/);
  });
});

describe('a stream that is not whole', () => {
  it.each(NAMES)('%s, cut inside of a block', async (name) => {
    for (const cut of [good[name].length - 1, 60])
      expect(await refusal(name, good[name].subarray(0, cut))).toMatch(/check "size".*cut short or damaged/);
  });

  it('damaged in the middle', async () => {
    expect(await refusal('auth', Buffer.concat([good.auth, Buffer.alloc(4096)]))).toMatch(
      /check "structure"/,
    );
  });

  it.each([
    ['text', Buffer.from('this is a text and no backup of anything\n'.repeat(20))],
    ['eight bytes of 0xff', Buffer.alloc(8, 0xff)],
    ['zeros', Buffer.alloc(5000)],
    ['noise', randomBytes(5000)],
    ['JSON', Buffer.from('{"backup": true}')],
  ])('%s is no backup at all', async (_what, bytes) => {
    for (const name of NAMES)
      expect(await refusal(name, bytes)).toMatch(/check "header".*this is not a backup/);
  });

  it('what was all deleted is nothing', async () => {
    const keys = authKeys({ users: [], roles: { admin: [] } }).map((key) =>
      Object.assign(key, { deleted: true }),
    );
    expect(await refusal('auth', badgerStream(keys))).toMatch(/check "content".*nothing in this file/);
  });
});

describe('an archive that is none of a configuration', () => {
  const vrl = { name: 'transformers/t.vrl', content: '.' };
  const cases: [what: string, bytes: () => Buffer | Promise<Buffer>, text: RegExp][] = [
    ['cut', () => good.archive.subarray(0, good.archive.length - 20), /check "size".*cut short/],
    ['cut inside of gzip', async () => gzipSync((await tarOf([vrl])).subarray(0, 700)), /check "structure"/],
    ['with a flipped bit', () => flipped(good.archive, good.archive.length - 6), /check "structure"/],
    ['gzip of a text', () => gzipSync('hello '.repeat(500)), /check "structure".*no tar archive/],
    ['empty', () => configArchive([]), /check "content".*it is empty/],
    ['gzip of nothing', () => gzipSync(''), /check "content".*it is empty/],
    [
      'a path that leads out',
      () => configArchive([{ ...vrl, name: '../t.vrl' }]),
      /"\.\.\/t\.vrl", which is no/,
    ],
    [
      'a path that leads out later',
      () => configArchive([{ ...vrl, name: 'pipelines/../../t.json' }]),
      /which is no/,
    ],
    ['a path from the root', () => configArchive([{ ...vrl, name: '/transformers/t.vrl' }]), /which is no/],
    ['a file too deep', () => configArchive([{ ...vrl, name: 'transformers/t.vrl/t.vrl' }]), /which is no/],
    [
      'an unknown folder',
      () => configArchive([vrl, { name: 'keys/a.json' }]),
      /"keys\/a\.json", which is no/,
    ],
    ['a wrong extension', () => configArchive([{ ...vrl, name: 'pipelines/foo.txt' }]), /which is no/],
    [
      'a name shorter than its extension',
      () => configArchive([{ ...vrl, name: 'pipelines/a' }]),
      /which is no/,
    ],
    [
      'a link',
      () => configArchive([{ name: 'transformers/t.vrl', type: 'symlink', linkname: '/etc/passwd' }]),
      /no/,
    ],
    [
      'a header that lies about its size',
      () => lying(8_000_000_000),
      /8000000000 bytes, 16777216 are possible/,
    ],
    [
      'more than a file may be',
      () => configArchive([{ ...vrl, content: 'x'.repeat(17_000_000) }]),
      /are possible/,
    ],
    ['a bomb', () => bomb(), /check "(size|content)"/],
  ];
  it.each(cases)('%s', async (_what, bytes, text) => {
    expect(await refusal('config', await bytes())).toMatch(text);
  });

  async function lying(size: number): Promise<Buffer> {
    const tar = Buffer.from(await tarOf([vrl]));
    tar.write(`${size.toString(8).padStart(11, '0')} `, 124, 'latin1');
    tar.fill(' ', 148, 156);
    const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return gzipSync(tar);
  }

  /** 400 MiB in 400 kB: files of the largest size, one behind the other. */
  async function bomb(): Promise<Buffer> {
    const file = await tarOf([{ name: 'transformers/t.vrl', content: Buffer.alloc(16 * 1024 * 1024, 32) }]);
    const part = gzipSync(file.subarray(0, -1024));
    return Buffer.concat(Array.from({ length: 25 }, () => part));
  }
});

function flipped(bytes: Buffer, place: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[place]! ^= 0x10;
  return copy;
}

describe('the disk', () => {
  it('has no room: 507, and nothing is left', async () => {
    const full = await TestServer.start({ env: { FLOWG_DISK_RESERVE_MB: '100000000' } });
    try {
      const token = await full.login();
      for (const name of NAMES) {
        const { status, body } = await upload(full, token, name, good[name]);
        expect(status).toBe(507);
        expect(body.error).toMatch(/no room/);
        expect((await readdir(join(full.dataDir, name))).filter((file) => file.includes('.part'))).toEqual(
          [],
        );
      }
    } finally {
      await full.stop();
    }
  });
});

it(`${MUTATIONS} files with random mistakes never harm the server`, async () => {
  const other = await TestServer.start();
  const jwt = await other.login();
  const statuses = new Map<number, number>();
  for (let round = 0; round < MUTATIONS; round++) {
    const name = NAMES[round % 3]!;
    const source = name === 'config' && randomInt(2) === 0 ? good.archive : good[name];
    const bytes = mutated(source);
    const { status, text } = await upload(
      other,
      jwt,
      name,
      bytes,
      name === 'auth' ? '?one_time_passwords=true' : '',
    );
    expect([200, 400, 409], `${text}\n${bytes.toString('base64')}`).toContain(status);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    expect(other.exited).toBe(false);
  }
  await other.ok('GET', '/api/v1/auth/whoami', { token: jwt });
  await other.ok('GET', '/api/v1/streams', { token: jwt });
  expect(statuses.get(400) ?? 0, 'most of them are refused').toBeGreaterThan(MUTATIONS / 4);
  await other.stop();
}, 1_000_000);

function mutated(source: Buffer): Buffer {
  let bytes = Buffer.from(source);
  for (let count = randomInt(1, 4); count > 0; count--) {
    const place = randomInt(bytes.length);
    const end = Math.min(bytes.length, place + randomInt(1, 30));
    const kind = randomInt(5);
    if (kind === 0) bytes[place] = randomInt(256);
    if (kind === 1) bytes[place]! ^= 1 << randomInt(8);
    if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, place), bytes.subarray(end)]);
    if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, end), bytes.subarray(place)]);
    if (kind === 4)
      bytes = Buffer.concat([bytes.subarray(0, place), pairBytes({ key: 'x' }), bytes.subarray(place)]);
    if (bytes.length === 0) return Buffer.from(source);
  }
  return bytes;
}
