import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CHART } from './helm.js';

/** What `values.yaml` has. */
export const DEFAULTS: Record<string, unknown> = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'));

const SHALLOW = new Set(['settings', 'resources', 'probes']);

/** Names of all values of the chart, with dots; of maps that are for the user to fill, not what is inside. */
export function valueNames(values: object = DEFAULTS, prefix = ''): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const whole = prefix + name;
    const opaque = SHALLOW.has(prefix.replace(/\.$/, '')) || /annotations$|labels$/i.test(whole);
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isMap && !opaque && Object.keys(value).length > 0 ? valueNames(value, `${whole}.`) : [whole];
  });
}
