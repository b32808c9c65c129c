import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { buffer } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeArchiveManifest } from '#src/backup/archive/archive-manifest.js';
import { isArchive, readArchive } from '#src/backup/archive/read-archive.js';
import { hasProgram } from '../support/programs.js';
import { type Contents, manifestOf, packed, refusalOf, sampleContents, unpacked } from './sample-archive.js';

let contents: Contents;
let good: Buffer;

beforeAll(async () => {
  contents = sampleContents(3000, 512, 20_000);
  good = await packed(contents);
});

type Entry = [
  header: { name: string; size?: number; type?: any; linkname?: string; pax?: any },
  data: Buffer,
];

/** Of any members, by a library that writes whatever it is told. */
async function tarOf(entries: Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const [header, data] of entries) tar.entry({ size: data.length, ...header }, data);
  tar.finalize();
  return buffer(tar);
}

function entriesOf(manifest: object = manifestOf(contents)): Entry[] {
  const data: [string, Buffer][] = [
    ['manifest.json', encodeArchiveManifest(manifest as ReturnType<typeof manifestOf>)],
    ['auth.db', contents.auth],
    ['config.db', contents.config],
    ['logs.db', contents.logs],
  ];
  const sums = data.map(([name, bytes]) => `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`);
  return [...data, ['SHA256SUMS', Buffer.from(sums.join(''))] as const].map(([name, bytes]) => [
    { name },
    bytes,
  ]);
}

const changed = (change: (entries: Entry[]) => void) => {
  const entries = entriesOf();
  change(entries);
  return tarOf(entries);
};

const withManifest = (change: (manifest: any) => void) => {
  const manifest = structuredClone(manifestOf(contents));
  change(manifest);
  return tarOf(entriesOf(manifest));
};

describe('an archive', () => {
  it('gives back what was put in, in pieces of any size', async () => {
    for (const piece of [1, 7, 512, 4096, good.length]) expect(await unpacked(good, piece)).toEqual(contents);
    expect(isArchive(good.subarray(0, 512))).toBe(true);
    expect(isArchive(good.subarray(0, 511))).toBe(false);
    expect(isArchive(contents.auth.subarray(0, 512))).toBe(false);
  });

  it('may have been packed by another tar', async () => {
    expect(await unpacked(await tarOf(entriesOf()))).toEqual(contents);
  });

  it.skipIf(!hasProgram('tar'))('may have been unpacked and packed again with tar', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flowg-archive-'));
    await writeFile(join(folder, 'a.tar'), good);
    const again =
      'tar xf a.tar && tar cf b.tar $0 manifest.json auth.db config.db logs.db SHA256SUMS && cat b.tar';
    for (const format of ['--format=gnu', '--format=ustar']) {
      const archive = execFileSync('sh', ['-c', again, format], { cwd: folder, maxBuffer: 10 ** 7 });
      expect(await unpacked(archive)).toEqual(contents);
    }
    const pax = execFileSync('sh', ['-c', again, '--format=pax'], { cwd: folder, maxBuffer: 10 ** 7 });
    expect(await refusalOf(pax)).toMatch(/^archive: .*extended headers are not accepted/);
    expect(await readFile(join(folder, 'SHA256SUMS'), 'utf8')).toContain('  logs.db\n');
    await rm(folder, { recursive: true });
  });
});

describe('what is not such an archive is refused', () => {
  const cases: [what: string, make: () => Promise<Buffer> | Buffer, text: RegExp][] = [
    ['nothing', () => Buffer.alloc(0), /cut short/],
    ['only the end', () => Buffer.alloc(1024), /lacks manifest.json/],
    ['a missing manifest', () => changed((entries) => entries.shift()), /"auth.db" where manifest.json/],
    ['a missing database', () => changed((entries) => entries.splice(3, 1)), /"SHA256SUMS" where logs.db/],
    ['no sums', () => changed((entries) => entries.pop()), /lacks SHA256SUMS/],
    [
      'another order',
      () => changed((entries) => entries.splice(1, 0, ...entries.splice(2, 1))),
      /"config.db"/,
    ],
    [
      'a member twice',
      () => changed((entries) => entries.splice(1, 0, entries[1]!)),
      /"auth.db" where config/,
    ],
    [
      'one more behind',
      () => changed((entries) => entries.push([{ name: 'evil' }, Buffer.from('x')])),
      /followed by something/,
    ],
    [
      'another name',
      () => changed((entries) => (entries[1]![0].name = '../../auth.db')),
      /"..\/..\/auth.db" where auth.db should be/,
    ],
    ['an absolute name', () => changed((entries) => (entries[1]![0].name = '/auth.db')), /"\/auth.db" where/],
    ...(['symlink', 'link', 'directory', 'character-device', 'fifo', 'contiguous-file'] as const).map(
      (type): [string, () => Promise<Buffer>, RegExp] => [
        `a ${type}`,
        () =>
          changed((entries) => (entries[1] = [{ name: 'auth.db', type, linkname: 'x', size: 0 }, NOTHING])),
        /not an ordinary file/,
      ],
    ),
    [
      'an extended header that names a member',
      () => changed((entries) => (entries[1]![0].pax = { path: 'auth.db' })),
      /not an ordinary file/,
    ],
    ['a sparse file', () => mutated(ofMember('auth.db') + 156, 'S'), /not an ordinary file/],
    ['a long name of GNU', () => mutated(ofMember('auth.db') + 156, 'L'), /not an ordinary file/],
    ['a global extended header', () => mutated(ofMember('manifest.json') + 156, 'g'), /not an ordinary file/],
    ['a prefix of the name', () => mutated(ofMember('auth.db') + 345, 'etc'), /not an ordinary file/],
    [
      'a size that is no number',
      () => mutated(ofMember('auth.db') + 124, 'x'),
      /size of "auth.db".*cannot be/,
    ],
    ['a negative size', () => mutated(ofMember('auth.db') + 124, '\xff'), /size of "auth.db".*cannot be/],
    [
      'a size beyond all files',
      () => mutated(ofMember('auth.db') + 124, '\x80\0\0\x01'),
      /size of "auth.db".*cannot be/,
    ],
    [
      'another size than promised',
      () => mutated(ofMember('auth.db') + 124, '00000005671\0'),
      /promises 3000/,
    ],
    ['a wrong checksum', () => mutated(ofMember('auth.db') + 100, '0000777', false), /header.*is damaged/],
    ['something in the padding', () => mutated(ofMember('auth.db') + 512 + 3000, 'x', false), /between two/],
    ['a changed database', () => mutated(ofMember('logs.db') + 5000, 'evil', false), /SHA-256 of logs.db/],
    [
      'a changed manifest',
      () => mutated(ofMember('manifest.json') + 514, '\t', false),
      /SHA-256 of manifest/,
    ],
    ['a changed sum', () => mutated(ofMember('SHA256SUMS') + 512, 'xyz', false), /SHA-256 of manifest.json/],
    [
      'sums of more',
      () => changed((entries) => (entries[4]![1] = Buffer.concat([entries[4]![1], Buffer.from('x')]))),
      /SHA256SUMS in the archive lists other things/,
    ],
    [
      'sums without end',
      () => changed((entries) => (entries[4]![1] = Buffer.alloc(70_000, 'x'))),
      /SHA256SUMS.*larger than 65536/,
    ],
    [
      'a manifest without end',
      () => changed((entries) => (entries[0]![1] = Buffer.alloc(70_000, ' '))),
      /manifest.json.*larger than 65536/,
    ],
    [
      'a manifest that is not JSON',
      () => changed((entries) => (entries[0]![1] = Buffer.from('{'))),
      /is not JSON/,
    ],
    [
      'a newer format',
      () => withManifest((manifest) => (manifest.format = 2)),
      /has format 2.*update this one/,
    ],
    ['no format', () => withManifest((manifest) => delete manifest.format), /not valid: format/],
    [
      'a manifest without a database',
      () => withManifest((manifest) => delete manifest.databases.logs),
      /not valid: databases.logs/,
    ],
    [
      'a manifest with an instant of its own',
      () => withManifest((manifest) => (manifest.instant = 'yesterday')),
      /not valid: instant/,
    ],
    [
      'a manifest with another length',
      () => withManifest((manifest) => manifest.databases.logs.bytes++),
      /promises 20001 bytes of logs.db, the archive has 20000/,
    ],
    ['more behind the end', () => Buffer.concat([good, Buffer.from('x'.repeat(512))]), /followed by/],
    ['a second archive', () => Buffer.concat([good, good]), /followed by/],
    ['zeros without end', () => Buffer.concat([good, Buffer.alloc(20_000)]), /followed by/],
    ['half a block', () => Buffer.concat([good, Buffer.alloc(100)]), /followed by/],
  ];
  it.each(cases)('%s', async (_what, make, text) => {
    const refusal = await refusalOf(await make());
    expect(refusal).toMatch(/^archive: /);
    expect(refusal).toMatch(text);
  });

  it('one that is cut, wherever it is cut', async () => {
    for (let length = 0; length < good.length; length += length < 4096 ? 17 : 173) {
      expect(await refusalOf(good.subarray(0, length)), `${length} bytes`).toMatch(/^archive: .*cut short/);
    }
    for (let length = good.length - 1100; length < good.length; length += 10) {
      expect(await refusalOf(good.subarray(0, length)), `${length} bytes`).toMatch(/^archive: /);
    }
  });

  it('one whose headers have any byte changed', async () => {
    for (const member of ['manifest.json', 'logs.db']) {
      for (let offset = 0; offset < 512; offset++) {
        const bytes = Buffer.from(good);
        bytes[ofMember(member) + offset]! ^= 0x15;
        expect(await refusalOf(bytes), `${member}, byte ${offset}`).toMatch(/^archive: /);
      }
    }
  });
});

const NOTHING = Buffer.alloc(0);

function ofMember(name: string): number {
  return good.indexOf(Buffer.from(`${name}\0`));
}

/** The good archive with other bytes at one place, the header there being right again unless told otherwise. */
function mutated(offset: number, text: string, mend = true): Buffer {
  const bytes = Buffer.from(good);
  bytes.write(text, offset, 'latin1');
  if (!mend) return bytes;
  const start = offset - (offset % 512);
  bytes.write(' '.repeat(8), start + 148, 'latin1');
  const sum = bytes.subarray(start, start + 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, start + 148, 'latin1');
  return bytes;
}

describe('reading', () => {
  it('asks first whether all of it fits, and ends at once when it does not', async () => {
    const input = Readable.from([good]);
    const sink = {
      begin: () => Promise.reject(new Error('no room')),
      database: () => Promise.reject(new Error('asked too early')),
    };
    await expect(readArchive(input, sink)).rejects.toThrow('no room');
    expect(input.destroyed).toBe(true);
  });

  it('ends with what the sink fails with, also while the sender says nothing', async () => {
    const input = new Readable({ read: () => undefined });
    input.push(good.subarray(0, 2500));
    const sink = {
      begin: async () => undefined,
      database: () => Promise.reject(new Error('the disk is full')),
    };
    await expect(readArchive(input, sink)).rejects.toThrow('the disk is full');
    expect(input.destroyed).toBe(true);
  });
});
