import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Destination } from '#src/backup/destinations/destination.js';
import { BadWeather, type Weather } from '../support/bad-weather.js';
import { makeCertificate } from '../support/certificates.js';
import { hasProgram } from '../support/programs.js';
import { calm, contentThat, MEBIBYTE, names, randomContent, read, sha256Of, write } from './content.js';
import { destinationOf, s3Place } from './places.js';

/** What may go wrong between the server and a bucket. */

let place: Awaited<ReturnType<typeof s3Place>>;
let proxy: BadWeather;
let destination: Destination;

const IDLE = { FLOWG_TRANSFER_IDLE_SECONDS: '1' };
const nothing = () => {};

beforeAll(async () => {
  place = await s3Place();
});
afterAll(() => place.end());

beforeEach(async () => {
  proxy = await BadWeather.before(place.server.url);
  destination = through();
});
afterEach(async () => {
  await proxy.stop();
  for (const { name } of await place.destination.list('', calm)) await place.destination.remove(name, calm);
});

/** The destination behind the proxy, with other settings. */
function through(
  changes: Record<string, unknown> = {},
  environment: Record<string, string> = IDLE,
): Destination {
  return destinationOf(place.server.settings({ endpoint: proxy.url, part_mb: 5, ...changes }), environment);
}

/** Bad weather for requests that are meant, so many times. */
function badFor(meant: (request: IncomingMessage) => boolean, weather: Weather, times = Infinity): void {
  let left = times;
  proxy.weather = (request) => (meant(request) && left-- > 0 ? weather : 'fair');
}

const isPart = ({ url }: IncomingMessage) => url!.includes('partNumber=');
const all = () => true;

async function expectNothing(): Promise<void> {
  proxy.clear();
  expect(await place.files()).toEqual([]);
  await destination.check(calm);
}

/** Side by side, since each takes the pauses of an attempt. */
async function expectAll(fault: object, attempts: Promise<unknown>[]): Promise<void> {
  await Promise.all(attempts.map((attempt) => expect(attempt).rejects.toMatchObject(fault)));
}

describe('an S3 that does not do what it should', () => {
  it.each([
    ['wrong keys', 403, 'InvalidAccessKeyId', 'denied', false, /refused the keys/],
    ['a wrong secret', 403, 'SignatureDoesNotMatch', 'denied', false, /refused the keys/],
    ['no rights', 403, 'AccessDenied', 'denied', false, /may read, write, list and remove/],
    ['no such bucket', 404, 'NoSuchBucket', 'misconfigured', false, /no such bucket/],
    ['another region', 301, 'PermanentRedirect', 'misconfigured', false, /another region/],
    ['no room', 507, 'XMinioStorageFull', 'full', false, /is full/],
    ['a quota', 403, 'QuotaExceeded', 'full', false, /is full/],
    ['too much to do', 503, 'SlowDown', 'unreachable', true, /try again later/],
    ['an error of its own', 500, 'InternalError', 'unreachable', true, /try again later/],
    ['other bytes than were sent', 400, 'XAmzContentChecksumMismatch', 'unreachable', true, /other bytes/],
    ['not learnt all', 501, 'NotImplemented', 'misconfigured', false, /does not know what/],
    ['something that nobody knows', 418, 'Teapot', 'misconfigured', false, /answered 418/],
  ])('has %s: %i %s', async (_title, answer, code, fault, retriable, words) => {
    badFor(all, { answer, code });
    const expected = { fault, retriable, message: expect.stringMatching(words) };
    await expectAll(expected, [
      write(destination, 'a.db', 'x'),
      destination.write('b.db', contentThat(12, nothing), calm),
      names(destination),
      read(destination, 'a.db'),
      destination.check(calm),
    ]);
    await expectNothing();
  });

  it('has a clock that differs: both are told', async () => {
    const date = 'Sat, 31 Jan 2026 09:30:00 GMT';
    badFor(all, { answer: 403, code: 'RequestTimeTooSkewed', headers: { date } });
    await expect(write(destination, 'a.db', 'x')).rejects.toMatchObject({
      fault: 'misconfigured',
      message: expect.stringMatching(
        /for its time: there it is 2026-01-31T09:30:00.000Z, here it is \d{4}-.*: set the clock that is wrong/,
      ),
    });
    await expectNothing();
  });

  it('is a page of something else', async () => {
    badFor(all, { answer: 200, headers: { 'Content-Type': 'text/html' }, text: '<html>Welcome!' });
    await expect(names(destination)).rejects.toMatchObject({ fault: 'unreachable' });
    await expect(destination.check(calm)).rejects.toMatchObject({ fault: 'unreachable' });
    await expectNothing();
  });

  it.each([
    ['SlowDown', 503],
    ['InternalError', 500],
  ])('says %s twice and then works: nobody notices', async (code, answer) => {
    badFor(all, { answer, code }, 2);
    await write(destination, 'a.db', 'x');
    expect(String(await read(destination, 'a.db'))).toBe('x');
  });

  it('says it of a part: that part is sent again', async () => {
    badFor(isPart, { answer: 503, code: 'SlowDown' }, 2);
    const { stream, sha256 } = randomContent(17 * MEBIBYTE);
    await destination.write('a.db', stream, calm);
    expect(await sha256Of(await destination.read('a.db', calm))).toBe(sha256());
  });

  it.each(['partNumber=1', 'partNumber=3', 'partNumber=4', 'uploads', 'uploadId=[^&]+$'])(
    'refuses a request for %s: nothing of the file stays, and no part',
    async (query) => {
      const meant = ({ url, method }: IncomingMessage) => method !== 'DELETE' && new RegExp(query).test(url!);
      badFor(meant, { answer: 403, code: 'AccessDenied' });
      const content = contentThat(17, nothing);
      await expect(destination.write('a.db', content, calm)).rejects.toMatchObject({ fault: 'denied' });
      expect(content.destroyed).toBe(true);
      await expectNothing();
    },
  );

  it('keeps less than it was sent: the file is taken back', async () => {
    badFor(({ method }) => method === 'HEAD', { answer: 200, headers: { 'Content-Length': '1' } });
    await expect(write(destination, 'a.db', 'xyz')).rejects.toMatchObject({
      fault: 'unreachable',
      message: expect.stringContaining('kept 1 of 3 bytes'),
    });
    await expectNothing();
  });
});

describe('what writers that died have left', () => {
  const isList = ({ url }: IncomingMessage) => url!.includes('uploads=');

  it.each([
    [403, 'AccessDenied'],
    [501, 'NotImplemented'],
  ])('is left to the rules of a bucket that answers %i %s when it is asked for', async (answer, code) => {
    badFor(isList, { answer, code });
    await place.leave('a.db');
    expect(await destination.removeUnfinished('', () => true, calm)).toEqual([]);
    proxy.clear();
    expect(await destination.removeUnfinished('', () => true, calm)).toEqual(['a.db']);
  });

  it('is asked for again when the bucket has too much to do', async () => {
    badFor(isList, { answer: 503, code: 'SlowDown' });
    await expect(destination.removeUnfinished('', () => true, calm)).rejects.toMatchObject({
      retriable: true,
    });
  });
});

describe('checksums', () => {
  it.each([
    ['in one request', 2],
    ['in parts', 12],
  ])('come with every body that is sent %s', async (_title, mebibytes) => {
    const sums: unknown[] = [];
    proxy.weather = ({ method, headers }) => {
      if (method === 'PUT') sums.push(headers['x-amz-checksum-crc32']);
      return 'fair';
    };
    // The bucket of the tests compares them with the bytes, and wants all of them again at the end of an upload.
    await destination.write('a.db', contentThat(mebibytes, nothing), calm);
    expect(sums).toHaveLength(Math.ceil(mebibytes / 5));
    for (const sum of sums) expect(sum).toMatch(/^[A-Za-z0-9+/]{6}==$/);
  });

  it.each([
    ['one request', 'x'],
    ['a part', Buffer.alloc(12 * MEBIBYTE)],
  ])('have what changed on the way in %s refused: nothing of it stays', async (_title, content) => {
    badFor(({ method }) => method === 'PUT', { up: 'garble', after: 0 });
    await expect(write(destination, 'a.db', content)).rejects.toMatchObject({
      fault: 'unreachable',
      retriable: true,
      message: expect.stringContaining('got other bytes than were sent'),
    });
    await expectNothing();
  });
});

describe('a way that is slow', () => {
  /** At this speed it takes more than twice as long as nothing may move. */
  const after = 3 * MEBIBYTE;

  it('but gets on, is not given up in an upload', async () => {
    badFor(({ method }) => method === 'PUT', { up: 'slow', after });
    const began = Date.now();
    // More than the system takes from the client at once.
    const { stream, sha256 } = randomContent(24 * MEBIBYTE);
    await through({ part_mb: 24 }).write('a.db', stream, calm);
    expect(Date.now() - began).toBeGreaterThan(2000);
    expect(await sha256Of(await destination.read('a.db', calm))).toBe(sha256());
  });

  it('but gets on, is not given up in a download', async () => {
    await write(destination, 'a.db', Buffer.alloc(4 * MEBIBYTE, 7));
    badFor(({ method }) => method === 'GET', { down: 'slow', after });
    const began = Date.now();
    expect((await read(destination, 'a.db')).length).toBe(4 * MEBIBYTE);
    expect(Date.now() - began).toBeGreaterThan(2000);
  });
});

describe('a way that breaks', () => {
  it('nobody listens there', async () => {
    await proxy.stop();
    await expect(write(destination, 'a.db', 'x')).rejects.toMatchObject({
      fault: 'unreachable',
      retriable: true,
      message: expect.stringContaining('cannot be reached'),
    });
    proxy = await BadWeather.before(place.server.url);
  });

  it('there is no such name', async () => {
    const nowhere = through({ endpoint: 'http://s3.nowhere.invalid' });
    await expect(names(nowhere)).rejects.toMatchObject({
      fault: 'unreachable',
      message: expect.stringContaining('DNS'),
    });
  });

  it.skipIf(!hasProgram('openssl'))(
    'a certificate that is not trusted is told from a server that is away',
    async () => {
      const files = {
        cert: join(place.server.folder, 'cert.pem'),
        key: join(place.server.folder, 'key.pem'),
      };
      makeCertificate('localhost', files);
      const secure = createServer({ cert: readFileSync(files.cert), key: readFileSync(files.key) });
      await once(secure.listen(0, '127.0.0.1'), 'listening');
      const endpoint = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`;
      await expect(names(through({ endpoint }))).rejects.toMatchObject({
        fault: 'unreachable',
        retriable: false,
        message: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
      });
      secure.close();
    },
  );

  it('is cut in the middle of an upload, once: the part is sent again', async () => {
    badFor(isPart, { up: 'cut', after: 2 * MEBIBYTE }, 1);
    const { stream, sha256 } = randomContent(12 * MEBIBYTE);
    await destination.write('a.db', stream, calm);
    expect(await sha256Of(await destination.read('a.db', calm))).toBe(sha256());
  });

  it('is cut in the middle of an upload, always', async () => {
    badFor(isPart, { up: 'cut', after: 2 * MEBIBYTE });
    await expect(destination.write('a.db', contentThat(12, nothing), calm)).rejects.toMatchObject({
      fault: 'unreachable',
      retriable: true,
    });
    await expectNothing();
  });

  it.each([0, 1000, 3 * MEBIBYTE])('is cut after %i bytes of a download', async (after) => {
    await write(destination, 'a.db', Buffer.alloc(4 * MEBIBYTE, 7));
    badFor(({ method }) => method === 'GET', { down: 'cut', after });
    await expect(read(destination, 'a.db')).rejects.toMatchObject({ fault: 'unreachable', retriable: true });
  });
});

describe('a way on which nothing moves', () => {
  const stalled = { fault: 'stalled', retriable: true, message: expect.stringContaining('for 1 seconds') };

  it('for any request', async () => {
    badFor(all, 'silent');
    await expectAll(stalled, [
      write(destination, 'a.db', 'x'),
      names(destination),
      read(destination, 'a.db'),
      destination.remove('a.db', calm),
    ]);
    await expectNothing();
  });

  it('in the middle of an upload', async () => {
    badFor(isPart, { up: 'stall', after: 2 * MEBIBYTE });
    await expect(destination.write('a.db', contentThat(12, nothing), calm)).rejects.toMatchObject(stalled);
    await expectNothing();
  });

  it('in the middle of a download', async () => {
    await write(destination, 'a.db', Buffer.alloc(4 * MEBIBYTE, 7));
    badFor(({ method }) => method === 'GET', { down: 'stall', after: MEBIBYTE });
    await expect(read(destination, 'a.db')).rejects.toMatchObject(stalled);
  });

  it('is not one on which a reader takes its time', async () => {
    await write(destination, 'a.db', Buffer.alloc(16 * MEBIBYTE, 7));
    let bytes = 0;
    for await (const chunk of await destination.read('a.db', calm)) {
      if (bytes === 0) await wait(2500);
      bytes += (chunk as Buffer).length;
    }
    expect(bytes).toBe(16 * MEBIBYTE);
  });

  it.each(['silent', { up: 'stall', after: MEBIBYTE }] as const)(
    '%j: an abort ends it at once',
    async (weather) => {
      const patient = through({}, { FLOWG_TRANSFER_IDLE_SECONDS: '60' });
      badFor(({ method, url }) => method === 'PUT' && !url!.includes('uploads'), weather);
      const stop = new AbortController();
      const reason = new Error('the server is stopping');
      let at = Infinity;
      setTimeout(() => {
        at = Date.now();
        stop.abort(reason);
      }, 500);
      await expect(patient.write('a.db', contentThat(12, nothing), stop.signal)).rejects.toBe(reason);
      expect(Date.now() - at).toBeLessThan(4000);
      await expectNothing();
    },
  );
});

describe('keys', () => {
  const idFile = () => join(place.server.folder, 'id');

  afterEach(() => writeFile(idFile(), 'S3RVER\n'));

  it('that are wrong are refused by the S3 itself, and are in nothing that is said', async () => {
    await writeFile(idFile(), 'a-wrong-key-id');
    const failure = await write(destination, 'a.db', 'x').catch((error: Error) => error);
    expect(failure).toMatchObject({ fault: 'denied' });
    const everything = `${(failure as Error).stack} ${String((failure as Error).cause)}`;
    expect(everything).not.toMatch(/a-wrong-key-id|S3RVER|Authorization|AWS4-HMAC/);
  });

  it('are read anew for each operation', async () => {
    await writeFile(idFile(), 'expired');
    await expect(destination.check(calm)).rejects.toMatchObject({ fault: 'denied' });
    await writeFile(idFile(), 'S3RVER\n');
    await destination.check(calm);
  });

  it.each([
    ['missing', () => rm(idFile())],
    ['empty', () => writeFile(idFile(), '\n')],
  ])('whose file is %s are named without the path', async (_title, spoil) => {
    await spoil();
    const failure = await destination.check(calm).catch((error: Error) => error);
    expect(failure).toMatchObject({ fault: 'denied', message: expect.stringContaining('cannot be read') });
    expect((failure as Error).message).not.toContain(place.server.folder);
  });
});

describe('a prefix', () => {
  it('keeps two destinations of one bucket apart', async () => {
    const other = through({ prefix: 'flowg/other/' });
    const none = through({ prefix: '' });
    await write(destination, 'a.db', 'ours');
    await write(other, 'b.db', 'theirs');
    expect(await names(destination)).toEqual(['a.db']);
    expect(await names(other)).toEqual(['b.db']);
    expect(await names(none)).toEqual([]);
  });
});
