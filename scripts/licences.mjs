// Lists what is installed with the server and under which licence, and fails on a licence that nobody has agreed to. Asks npm,
// which reads the folder: no network.
import { execFileSync } from 'node:child_process';

/** Permissive: they ask for their text to be kept, and for nothing that a user of this server would have to do. */
const AGREED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Python-2.0',
]);

/** Packages that say it elsewhere than in `package.json`, as somebody has read it there. */
const READ_ELSEWHERE = new Map([['pause@0.0.1', 'MIT']]);

/** Before there was one expression there was a list to choose from. */
function licenceOf({ pkgid, license, licenses }) {
  if (typeof license === 'string') return license;
  const choices = [license ?? licenses ?? []].flat().map((one) => one.type ?? one);
  return choices.join(' OR ') || READ_ELSEWHERE.get(pkgid) || 'unknown';
}

/** AND binds closer than OR. A bracket within is nothing that anybody writes: whoever does is looked at. */
function isAgreed(expression) {
  const choices = expression.replace(/^\((.*)\)$/, '$1').split(' OR ');
  return choices.some((choice) => choice.split(' AND ').every((one) => AGREED.has(one)));
}

const queried = execFileSync('npm', ['query', '.prod'], { encoding: 'utf8', maxBuffer: 2 ** 28 });
// The project itself has no location within itself.
const dependencies = JSON.parse(queried).filter(({ location }) => location !== '');
const packages = new Map(dependencies.map((one) => [one.pkgid, licenceOf(one)]));
const lines = [...packages].toSorted(([a], [b]) => a.localeCompare(b));
for (const [pkgid, licence] of lines) console.log(`${pkgid}  ${licence}`);

const refused = lines.filter(([, licence]) => !isAgreed(licence));
for (const [pkgid, licence] of refused)
  console.error(
    `${pkgid} has the licence "${licence}", which is not agreed to: do without it, or add the licence to ` +
      'scripts/licences.mjs in a change that says why',
  );
console.log(`${lines.length} packages, ${refused.length} with a licence that is not agreed to`);
if (refused.length > 0 || lines.length === 0) process.exitCode = 1;
