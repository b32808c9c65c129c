import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rename, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Destination } from '#src/backup/destinations/destination.js';
import { canMount } from '../support/programs.js';
import { PROJECT_ROOT } from '../support/test-server.js';
import { calm, contentThat, forever, MEBIBYTE, names, read, write } from './content.js';
import { destinationOf, folderPlace } from './places.js';

/** What may be wrong with a folder, and what it may have in it. */

let place: Awaited<ReturnType<typeof folderPlace>>;
let destination: Destination;
let folder: string;

beforeEach(async () => {
  place = await folderPlace({ FLOWG_TRANSFER_IDLE_SECONDS: '1', FLOWG_DISK_RESERVE_MB: '1' });
  ({ destination, folder } = place);
});
afterEach(() => place.end());

const left = async () => (await place.files()).map((path) => basename(path)).toSorted();

describe('a folder', () => {
  it('that is missing is named as missing, is not made, and works as soon as it is there', async () => {
    await rm(folder, { recursive: true });
    const fault = { fault: 'unreachable', retriable: true, message: expect.stringContaining('mount it') };
    await expect(write(destination, 'a.db', 'x')).rejects.toMatchObject(fault);
    await expect(read(destination, 'a.db')).rejects.toMatchObject(fault);
    await expect(names(destination)).rejects.toMatchObject(fault);
    await expect(destination.remove('a.db', calm)).rejects.toMatchObject(fault);
    await expect(destination.check(calm)).rejects.toMatchObject(fault);
    await expect(stat(folder)).rejects.toThrow('ENOENT');
    await mkdir(folder);
    await destination.check(calm);
  });

  it('that goes away in the middle of a file is named, and there is no half of a file when it comes back', async () => {
    const elsewhere = `${folder}-elsewhere`;
    const content = contentThat(3, () => rename(folder, elsewhere));
    await expect(destination.write('a.db', content, calm)).rejects.toMatchObject({ fault: 'unreachable' });
    await rename(elsewhere, folder);
    expect(await names(destination)).toEqual([]);
    await write(destination, 'a.db', 'x');
  });

  it('that is a file is misconfigured', async () => {
    await rm(folder, { recursive: true });
    await writeFile(folder, '');
    const misconfigured = { fault: 'misconfigured', retriable: false };
    await expect(write(destination, 'a.db', 'x')).rejects.toMatchObject(misconfigured);
    await expect(read(destination, 'a.db')).rejects.toMatchObject(misconfigured);
    await expect(names(destination)).rejects.toMatchObject(misconfigured);
  });

  it('keeps its path to itself in whatever it says', async () => {
    await rm(folder, { recursive: true });
    await expect(write(destination, 'a.db', 'x')).rejects.not.toThrow(basename(folder));
  });

  it('has files that only the server may read', async () => {
    await write(destination, 'a.db', 'x');
    expect((await stat(join(folder, 'a.db'))).mode & 0o777).toBe(0o600);
  });
});

describe('what else lies there', () => {
  it('is no backup: folders, links, hidden files', async () => {
    await mkdir(join(folder, 'folder.db'));
    await writeFile(join(folder, '.hidden.db'), 'x');
    await symlink('/etc/hostname', join(folder, 'link.db'));
    await write(destination, 'a.db', 'x');
    expect(await names(destination)).toEqual(['a.db']);
  });

  it('a link is not followed: not read, not written through, not removed behind', async () => {
    const outside = `${folder}.outside`;
    await writeFile(outside, 'of somebody else');
    await symlink(outside, join(folder, 'link.db'));
    await expect(read(destination, 'link.db')).rejects.toMatchObject({ fault: 'misconfigured' });
    await write(destination, 'link.db', 'ours');
    expect(String(await readFile(outside))).toBe('of somebody else');
    expect(String(await read(destination, 'link.db'))).toBe('ours');
    await symlink(outside, join(folder, 'link-2.db'));
    await destination.remove('link-2.db', calm);
    expect(String(await readFile(outside))).toBe('of somebody else');
    await rm(outside);
  });

  it('a folder or a pipe of the name of a file is refused, and nobody waits for it', async () => {
    await mkdir(join(folder, 'folder.db'));
    execFileSync('mkfifo', [join(folder, 'pipe.db')]);
    await expect(read(destination, 'folder.db')).rejects.toMatchObject({ fault: 'misconfigured' });
    await expect(read(destination, 'pipe.db')).rejects.toMatchObject({ fault: 'misconfigured' });
    await expect(write(destination, 'folder.db', 'x')).rejects.toMatchObject({ fault: 'misconfigured' });
    expect(await left()).toEqual(['folder.db', 'pipe.db']);
  });
});

describe('a transfer', () => {
  it('for which nothing comes is given up, and leaves nothing', async () => {
    const content = contentThat(2, forever);
    await expect(destination.write('a.db', content, calm)).rejects.toMatchObject({
      fault: 'stalled',
      retriable: true,
      message: expect.stringContaining('for 1 seconds'),
    });
    expect(content.destroyed).toBe(true);
    expect(await left()).toEqual([]);
  });

  it('that is slow, but gets on, is not', async () => {
    const slow = Readable.from(
      (async function* () {
        for (let count = 0; count < 4; count++) {
          await wait(600);
          yield Buffer.from('x');
        }
      })(),
    );
    await destination.write('a.db', slow, calm);
    expect(String(await read(destination, 'a.db'))).toBe('xxxx');
  });

  it('is not given up for a reader that takes its time', async () => {
    await write(destination, 'a.db', Buffer.alloc(4 * MEBIBYTE));
    let bytes = 0;
    for await (const chunk of await destination.read('a.db', calm)) {
      if (bytes === 0) await wait(2500);
      bytes += (chunk as Buffer).length;
    }
    expect(bytes).toBe(4 * MEBIBYTE);
  });

  it('of a file that becomes shorter while it is read fails', async () => {
    await write(destination, 'a.db', Buffer.alloc(4 * MEBIBYTE));
    const content = await destination.read('a.db', calm);
    const reading = (async () => {
      for await (const _chunk of content) await truncate(join(folder, 'a.db'), MEBIBYTE);
    })();
    await expect(reading).rejects.toMatchObject({ fault: 'unreachable', retriable: true });
  });
});

describe('a server that was killed in the middle of a file', () => {
  async function killInTheMiddle(): Promise<string> {
    const script = join(PROJECT_ROOT, 'test', 'destinations', 'write-forever.mjs');
    const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const [unfinished] = await left();
    return join(folder, unfinished!);
  }

  const age = async (file: string, hours: number) => {
    const then = Date.now() / 1000 - hours * 3600;
    await utimes(file, then, then);
  };

  it('leaves nothing under the name, and what it left goes when nobody can be writing it any more', async () => {
    const unfinished = await killInTheMiddle();
    expect((await stat(unfinished)).size).toBeGreaterThan(0);
    expect(await names(destination)).toEqual([]);
    // It may be that of another server with the same folder.
    await write(destination, 'b.db', 'x');
    expect(await left()).toEqual([basename(unfinished), 'b.db'].toSorted());
    await age(unfinished, 2);
    await write(destination, 'c.db', 'x');
    expect(await left()).toEqual(['b.db', 'c.db']);
  });

  it('what is of somebody else stays, however old it is', async () => {
    const others = ['.nfs0001', '.a.db.unfinished', 'old.db', '.x.part', '.a.db.0123.unfinished'];
    for (const name of others) {
      await writeFile(join(folder, name), 'x');
      await age(join(folder, name), 1000);
    }
    await write(destination, 'b.db', 'x');
    expect(await left()).toEqual([...others, 'b.db'].toSorted());
  });
});

describe.skipIf(!canMount())('a folder on a file system of its own', () => {
  const mount = (...options: string[]) => execFileSync('mount', [...options, folder]);

  afterEach(() => execFileSync('umount', ['-l', folder]));

  it('that becomes full says so, leaves nothing, and works when there is room again', async () => {
    mount('-t', 'tmpfs', '-o', 'size=12m', 'tmpfs');
    await write(destination, 'kept.db', 'x');
    const full = { fault: 'full', retriable: false, message: expect.stringContaining('is full') };
    await expect(
      destination.write(
        'a.db',
        contentThat(40, () => {}),
        calm,
      ),
    ).rejects.toMatchObject(full);
    expect(await left()).toEqual(['kept.db']);
    await write(destination, 'a.db', Buffer.alloc(9 * MEBIBYTE));
    await destination.remove('a.db', calm);
    await destination.check(calm);
  });

  it('is not filled to its last byte: the databases may lie there too', async () => {
    mount('-t', 'tmpfs', '-o', 'size=60m', 'tmpfs');
    const careful = destinationOf({ type: 'folder', path: folder }, { FLOWG_DISK_RESERVE_MB: '24' });
    let most = 0;
    const content = contentThat(60, () => {});
    const watched = content.on('data', () => (most += MEBIBYTE)).pause();
    await expect(careful.write('a.db', watched, calm)).rejects.toMatchObject({ fault: 'full' });
    expect(most).toBeLessThan(55 * MEBIBYTE);
    expect(await left()).toEqual([]);
  });

  it('that is read-only says so, and what lies there can be read', async () => {
    mount('-t', 'tmpfs', '-o', 'size=12m', 'tmpfs');
    await write(destination, 'kept.db', 'x');
    mount('-o', 'remount,ro');
    const denied = { fault: 'denied', retriable: false, message: expect.stringContaining('read-only') };
    await expect(write(destination, 'a.db', 'x')).rejects.toMatchObject(denied);
    await expect(destination.remove('kept.db', calm)).rejects.toMatchObject(denied);
    await expect(destination.check(calm)).rejects.toMatchObject(denied);
    expect(String(await read(destination, 'kept.db'))).toBe('x');
    expect(await names(destination)).toEqual(['kept.db']);
  });
});
