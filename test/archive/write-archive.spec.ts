import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveBytes } from '#src/backup/archive/archive-members.js';
import { decodeTarHeader, encodeTarHeader } from '#src/backup/archive/tar-header.js';
import { writeArchive } from '#src/backup/archive/write-archive.js';
import { hasProgram } from '../support/programs.js';
import { INSTANT, membersOf, packed, sampleContents, unpacked } from './sample-archive.js';

const GiB = 1024 ** 3;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-archive-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('an archive', () => {
  it.skipIf(!hasProgram('tar') || !hasProgram('sha256sum'))(
    'is opened by tar and proved by sha256sum',
    async () => {
      const contents = sampleContents();
      const file = join(folder, 'all.tar');
      await writeFile(file, await packed(contents));
      const listing = execFileSync('tar', ['tvf', file, '--utc', '--full-time'], { encoding: 'utf8' });
      expect(listing.match(/\S+$/gm)).toEqual([
        'manifest.json',
        'auth.db',
        'config.db',
        'logs.db',
        'SHA256SUMS',
      ]);
      expect(listing.match(/^-rw------- \S+ +\d+ 2026-01-31 09:30:00/gm)).toHaveLength(5);
      execFileSync('tar', ['xf', file, '-C', folder]);
      const sums = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' });
      expect(sums).toBe('manifest.json: OK\nauth.db: OK\nconfig.db: OK\nlogs.db: OK\n');
      expect(await readFile(join(folder, 'logs.db'))).toEqual(contents.logs);
      expect((await stat(join(folder, 'auth.db'))).mode & 0o777).toBe(0o600);
      expect(await readdir(folder)).toHaveLength(6);
    },
  );

  it('is read by another library, time stamps beyond 2038 included', async () => {
    const contents = sampleContents();
    const names: string[] = [];
    const reader = writeArchive(membersOf(contents), new Date('2045-06-01T00:00:00Z')).pipe(extract());
    for await (const entry of reader) {
      names.push(entry.header.name);
      expect(entry.header).toMatchObject({ mode: 0o600, type: 'file' });
      expect(entry.header.mtime).toEqual(new Date('2045-06-01T00:00:00Z'));
      if (entry.header.name === 'config.db') expect(await buffer(entry)).toEqual(contents.config);
      else entry.resume();
    }
    expect(names).toHaveLength(5);
  });

  it('has the length that was told before, and comes back as it was, whatever its sizes', async () => {
    const size = fc.oneof(
      fc.integer({ min: 1, max: 3000 }),
      fc.constantFrom(511, 512, 513, 1024, 65_536, 65_537),
    );
    await fc.assert(
      fc.asyncProperty(size, size, size, fc.integer({ min: 1, max: 5000 }), async (a, c, l, piece) => {
        const contents = sampleContents(a, c, l);
        const archive = await packed(contents);
        expect(archive.length).toBe(archiveBytes(membersOf(contents)));
        expect(await unpacked(archive, piece)).toEqual(contents);
      }),
      { numRuns: 60 },
    );
  });

  it('has a length beyond 8 GiB', () => {
    const members = [8 * GiB - 1, 8 * GiB, 9 * GiB + 1, 1].map((bytes, index) => ({
      name: `member-${index}`,
      bytes,
    }));
    expect(archiveBytes(members)).toBe(
      // Data and padding, five headers, four lines of sums in one block, the end.
      8 * GiB + 8 * GiB + (9 * GiB + 512) + 512 + 5 * 512 + 512 + 1024,
    );
  });
});

describe('a header', () => {
  it.skipIf(!hasProgram('tar'))('tells tar of sizes from 8 GiB on', async () => {
    for (const bytes of [8 * GiB - 1, 8 * GiB, 9 * GiB + 1, 3 * 1024 * GiB]) {
      const file = join(folder, 'large.tar');
      await writeFile(file, encodeTarHeader({ name: 'logs.db', bytes }, new Date(INSTANT)));
      const listing = execFileSync('sh', ['-c', `tar tvf ${file} 2>/dev/null || true`], { encoding: 'utf8' });
      expect(listing).toContain(` ${bytes} `);
    }
  });

  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.stringMatching(/^[\w.-]{1,100}$/), (bytes, name) => {
        expect(decodeTarHeader(encodeTarHeader({ name, bytes }, new Date(INSTANT)))).toEqual({ name, bytes });
      }),
    );
  });
});

describe('writing', () => {
  it.each([
    ['more', Buffer.alloc(5000)],
    ['fewer', Buffer.alloc(4000)],
    ['no', Buffer.alloc(0)],
  ])('fails when a member gives %s bytes than it promised', async (_what, given) => {
    const members = membersOf(sampleContents(4500));
    members[1] = { ...members[1]!, stream: () => Readable.from(given.length > 0 ? [given] : []) };
    await expect(buffer(writeArchive(members, new Date()))).rejects.toThrow(
      /auth.db of an archive was to have 4500 bytes and has/,
    );
  });

  it('fails with what a member fails with, and asks for no further member', async () => {
    const members = membersOf(sampleContents());
    let asked = false;
    const broken = new Readable({ read: () => broken.destroy(new Error('the disk is gone')) });
    members[1] = { ...members[1]!, stream: () => broken };
    members[2] = {
      ...members[2]!,
      stream: () => {
        asked = true;
        return Readable.from([]);
      },
    };
    await expect(buffer(writeArchive(members, new Date()))).rejects.toThrow('the disk is gone');
    expect(asked).toBe(false);
  });

  it('reads no further than it is read, and lets go of a member that nobody wants any more', async () => {
    const bytes = 64 * 1024 * 1024;
    let read = 0;
    const source = new Readable({
      read() {
        read += 65_536;
        this.push(Buffer.alloc(65_536));
      },
    });
    const archive = writeArchive([{ name: 'logs.db', bytes, stream: () => source }], new Date());
    for await (const _chunk of archive) break;
    expect(read).toBeLessThan(1024 * 1024);
    await expect.poll(() => source.destroyed).toBe(true);
  });
});
