import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DestinationError } from '#src/backup/destinations/destination.js';
import {
  calm,
  contentThat,
  forever,
  MEBIBYTE,
  names,
  randomContent,
  read,
  sha256Of,
  write,
} from './content.js';
import { folderPlace, type Place, s3Place } from './places.js';

/** What every destination promises, whatever is behind it. */
describe.each([
  ['a folder', 'folder', folderPlace],
  ['a bucket of S3', 's3', s3Place],
] as const)('%s', (_title, kind, open) => {
  let place: Place;

  beforeAll(async () => {
    place = await open();
  });
  afterAll(() => place.end());

  const expectFault = (promise: Promise<unknown>, fault: string) =>
    expect(promise).rejects.toMatchObject({ constructor: DestinationError, fault });

  it('knows its name and its kind, and passes its own check, of which nothing stays', async () => {
    expect(place.destination).toMatchObject({ name: 'there', kind });
    const before = await place.files();
    await place.destination.check(calm);
    expect(await place.files()).toEqual(before);
  });

  it.each([
    ['no', 0],
    ['one', 1],
    ['65,537', 65_537],
  ])('gives back exactly what was written, of %s bytes', async (words, count) => {
    const content = randomBytes(count);
    const name = `of-${words.replace(',', '')}.db`;
    const before = Date.now();
    await write(place.destination, name, content);
    expect((await read(place.destination, name)).equals(content)).toBe(true);
    const [listed] = await place.destination.list(name, calm);
    expect(listed).toEqual({ name, bytes: count, modifiedMs: expect.any(Number) });
    // S3 tells whole seconds.
    expect(listed!.modifiedMs).toBeGreaterThan(before - 2000);
    expect(listed!.modifiedMs).toBeLessThan(Date.now() + 2000);
  });

  it('takes content in chunks of any size', async () => {
    const chunks = [
      Buffer.alloc(0),
      Buffer.from('a'),
      randomBytes(300_000),
      Buffer.alloc(0),
      Buffer.from('z'),
    ];
    await place.destination.write('chunks.db', Readable.from(chunks), calm);
    expect((await read(place.destination, 'chunks.db')).equals(Buffer.concat(chunks))).toBe(true);
  });

  it('replaces a file of the same name, which can be read until then', async () => {
    await write(place.destination, 'twice.db', 'the first, which is longer');
    let seen: Buffer | undefined;
    const content = contentThat(1, async () => {
      seen = await read(place.destination, 'twice.db');
    });
    await place.destination.write('twice.db', content, calm);
    expect(String(seen)).toBe('the first, which is longer');
    expect((await read(place.destination, 'twice.db')).length).toBe(MEBIBYTE);
    expect(await names(place.destination, 'twice.db')).toEqual(['twice.db']);
  });

  it('keeps large files, of many parts', async () => {
    const { stream, sha256 } = randomContent(40 * MEBIBYTE + 1);
    await place.destination.write('large.db', stream, calm);
    expect(await sha256Of(await place.destination.read('large.db', calm))).toBe(sha256());
    const [listed] = await place.destination.list('large', calm);
    expect(listed!.bytes).toBe(40 * MEBIBYTE + 1);
    await place.destination.remove('large.db', calm);
  });

  it('removes a file, and takes one that is not there for removed', async () => {
    await write(place.destination, 'gone.db', 'x');
    await place.destination.remove('gone.db', calm);
    expect(await names(place.destination, 'gone')).toEqual([]);
    await place.destination.remove('gone.db', calm);
    await expectFault(place.destination.read('gone.db', calm), 'missing');
  });

  it('says of a file that is not there which one it is, and that it is no use to try again', async () => {
    await expect(place.destination.read('never.db', calm)).rejects.toMatchObject({
      fault: 'missing',
      retriable: false,
      message: 'there is no file never.db in the destination "there"',
    });
  });

  it('removes what writers that died have left, of the names that are meant and of nothing else', async () => {
    const { destination } = place;
    await write(destination, 'left-a.db', 'whole');
    const before = await place.files();
    for (const name of ['left-a.db', 'left-a.db', 'left-b.db', 'other.db']) await place.leave(name);
    const isMeant = (name: string) => name !== 'left-b.db';
    expect(await destination.removeUnfinished('left-', isMeant, calm)).toEqual(['left-a.db', 'left-a.db']);
    expect(await destination.removeUnfinished('left-', isMeant, calm)).toEqual([]);
    expect(String(await read(destination, 'left-a.db'))).toBe('whole');
    const others = await destination.removeUnfinished('', () => true, calm);
    expect(others.toSorted()).toEqual(['left-b.db', 'other.db']);
    expect(await place.files()).toEqual(before);
  });

  it('lists by what names begin with', async () => {
    for (const name of ['list-a.db', 'list-a.db.receipt.json', 'list-b.db'])
      await write(place.destination, name, 'x');
    expect(await names(place.destination, 'list-')).toEqual([
      'list-a.db',
      'list-a.db.receipt.json',
      'list-b.db',
    ]);
    expect(await names(place.destination, 'list-a')).toEqual(['list-a.db', 'list-a.db.receipt.json']);
    expect(await names(place.destination, 'list-c')).toEqual([]);
    expect(await names(place.destination)).toEqual(expect.arrayContaining(['list-a.db', 'list-b.db']));
  });

  it('lists more than a thousand files', async () => {
    const all = Array.from({ length: 1100 }, (_, index) => `many-${String(index).padStart(4, '0')}.db`);
    await place.fill(all);
    expect(await names(place.destination, 'many-')).toEqual(all);
  });

  it.each([
    '',
    '.',
    '..',
    '.hidden',
    'a/b',
    '../a',
    '/a',
    'a\\b',
    'a b',
    'a\0b',
    'ä.db',
    'a\n',
    'x'.repeat(201),
  ])('refuses the name %j', async (name) => {
    const { destination } = place;
    const before = await place.files();
    const content = Readable.from([Buffer.from('x')]);
    await expectFault(destination.write(name, content, calm), 'misconfigured');
    expect(content.destroyed).toBe(true);
    await expectFault(destination.read(name, calm), 'misconfigured');
    await expectFault(destination.remove(name, calm), 'misconfigured');
    expect(await place.files()).toEqual(before);
  });

  it('takes names of 200 characters of every kind that is allowed', async () => {
    const name = 'Az09._-'.padEnd(200, 'x');
    await write(place.destination, name, 'x');
    expect(await names(place.destination, name)).toEqual([name]);
  });

  it.each([0, 1, 20])(
    'content that fails after %i MiB leaves nothing, and its error is thrown',
    async (mebibytes) => {
      const before = await place.files();
      const failure = new Error('the snapshot broke off');
      const content = contentThat(mebibytes, () => {
        throw failure;
      });
      await expect(place.destination.write('broken.db', content, calm)).rejects.toBe(failure);
      expect(content.destroyed).toBe(true);
      expect(await place.files()).toEqual(before);
    },
  );

  it('content that had failed before it was given leaves nothing', async () => {
    const content = new Readable({ read: () => undefined });
    const failure = new Error('too early');
    content.on('error', () => undefined).destroy(failure);
    await expect(place.destination.write('early.db', content, calm)).rejects.toBe(failure);
    expect(await names(place.destination, 'early')).toEqual([]);
  });

  it('a file that could not be replaced is still the one of before', async () => {
    await write(place.destination, 'kept.db', 'the old one');
    const content = contentThat(20, () => {
      throw new Error('broke off');
    });
    await expect(place.destination.write('kept.db', content, calm)).rejects.toThrow('broke off');
    expect(String(await read(place.destination, 'kept.db'))).toBe('the old one');
  });

  it.each([0, 1, 20])('an abort after %i MiB ends it at once and leaves nothing', async (mebibytes) => {
    const before = await place.files();
    const stop = new AbortController();
    const reason = new Error('the server is stopping');
    let at = Infinity;
    const content = contentThat(mebibytes, () => {
      setTimeout(() => {
        at = Date.now();
        stop.abort(reason);
      }, 200);
      return forever();
    });
    await expect(place.destination.write('aborted.db', content, stop.signal)).rejects.toBe(reason);
    expect(Date.now() - at).toBeLessThan(4000);
    expect(content.destroyed).toBe(true);
    expect(await place.files()).toEqual(before);
  });

  it('nothing is begun with a signal that was aborted before', async () => {
    const { destination } = place;
    const reason = new Error('too late');
    const signal = AbortSignal.abort(reason);
    const before = await place.files();
    const content = Readable.from([Buffer.from('x')]);
    await expect(destination.write('late.db', content, signal)).rejects.toBe(reason);
    expect(content.destroyed).toBe(true);
    await expect(destination.read('twice.db', signal)).rejects.toBe(reason);
    await expect(destination.list('', signal)).rejects.toBe(reason);
    await expect(destination.remove('twice.db', signal)).rejects.toBe(reason);
    await expect(destination.removeUnfinished('', () => true, signal)).rejects.toBe(reason);
    expect(await place.files()).toEqual(before);
  });

  it('an abort ends a file that is being read', async () => {
    await write(place.destination, 'reading.db', randomBytes(8 * MEBIBYTE));
    const stop = new AbortController();
    const content = await place.destination.read('reading.db', stop.signal);
    const reason = new Error('enough');
    await expect(
      (async () => {
        for await (const _chunk of content) stop.abort(reason);
      })(),
    ).rejects.toBe(reason);
    expect(content.destroyed).toBe(true);
  });

  it('a reader may stop in the middle', async () => {
    await write(place.destination, 'half.db', randomBytes(4 * MEBIBYTE));
    const content = await place.destination.read('half.db', calm);
    for await (const _chunk of content) break;
    expect(content.destroyed).toBe(true);
  });

  it('of writers of one name at the same time one wins as a whole', async () => {
    const contents = [1, 2, 3, 4].map((fill) => Buffer.alloc(3 * MEBIBYTE, fill));
    await Promise.all(contents.map((content) => write(place.destination, 'contended.db', content)));
    const found = await read(place.destination, 'contended.db');
    expect(contents.some((content) => content.equals(found))).toBe(true);
  });

  it('writers of different names do not disturb each other, nor a reader or a list', async () => {
    const contents = Array.from({ length: 6 }, () => randomBytes(2 * MEBIBYTE));
    await Promise.all([
      ...contents.map((content, index) => write(place.destination, `side-${index}.db`, content)),
      names(place.destination),
      read(place.destination, 'of-one.db'),
    ]);
    for (const [index, content] of contents.entries())
      expect((await read(place.destination, `side-${index}.db`)).equals(content)).toBe(true);
  });

  it('a file that is being written is not in the list', async () => {
    let listed: string[] | undefined;
    const content = contentThat(20, async () => {
      await wait(50);
      listed = await names(place.destination, 'growing');
    });
    await place.destination.write('growing.db', content, calm);
    expect(listed).toEqual([]);
    expect(await names(place.destination, 'growing')).toEqual(['growing.db']);
    expect((await buffer(await place.destination.read('growing.db', calm))).length).toBe(20 * MEBIBYTE);
  });
});
