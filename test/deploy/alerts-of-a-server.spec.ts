import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScheduledServer } from '../schedules/scheduled-server.js';
import { type Rule, ruleObject, rulesOf } from './alert-rules.js';
import { hasHelm } from './helm.js';
import { deviations, hasPromtool } from './promtool.js';
import { SCRAPED, seriesOf, WARNING, type Weather } from './weather.js';

/** How long Prometheus has watched: longer than the hour after which a missing backup is an alarm. */
const MINUTES = 90;

/** What was asked for at an instant: values by series, as Prometheus names them. */
type Scrape = Map<string, number>;

/** What Prometheus has when it saw `before` for an hour and more, and `after` for the last ten minutes. */
function seen(before: Scrape, after: Scrape): Weather['series'] {
  const values = (scrape: Scrape, name: string, more: number) =>
    scrape.has(name) ? `${scrape.get(name)}+0x${more}` : `_x${more + 1}`;
  return Object.fromEntries(
    [...after.keys()].map((name) => [
      name,
      `${values(before, name, MINUTES - 11)} ${values(after, name, 10)}`,
    ]),
  );
}

describe.skipIf(!hasHelm || !hasPromtool)('the alerts, about what a server exposes', () => {
  let scheduled: ScheduledServer;
  let rules: Rule[];
  let well: Scrape;

  beforeAll(async () => {
    rules = rulesOf(ruleObject({ prometheusRule: { enabled: true, backupMaxAgeHours: 1 } }));
    scheduled = await ScheduledServer.start();
    await scheduled.put('nightly', { database: 'all' });
    expect((await scheduled.run('nightly')).proof).toMatchObject({ outcome: 'proven' });
    well = await scrape();
  });
  afterAll(() => scheduled.end());

  /** Instants are moved to where the trial's clock, which begins in 1970, will be at its end. */
  async function scrape(): Promise<Scrape> {
    const text = await (await fetch(`${scheduled.current.managementUrl}/metrics`)).text();
    const past = Date.now() / 1000 - MINUTES * 60;
    const found: Scrape = new Map([[seriesOf('up'), 1]]);
    for (const [, metric, labels = '', value] of text.matchAll(/^(flowg_\w+)(?:\{(.*)\})? (\S+)$/gm)) {
      const name = seriesOf(metric!).replace(/}$/, labels ? `,${labels}}` : '}');
      found.set(name, Number(value) - (metric!.endsWith('_timestamp_seconds') ? past : 0));
    }
    return found;
  }

  const expectAlerts = (series: Weather['series'], firing: Record<string, Weather['fires']>) => {
    for (const alert of new Set(rules.map((rule) => rule.alert))) {
      const own = rules.filter((rule) => rule.alert === alert);
      const weather = { alert, because: '', series, at: `${MINUTES}m`, fires: firing[alert] };
      expect(deviations(own, weather), alert).toBe('');
    }
  };

  it('are all silent while it is well', () => {
    expectAlerts(seen(well, well), {});
  });

  it('tell of a backup that has failed, and of nothing else', async () => {
    await scheduled.restart({ FLOWG_TEST_FAILPOINTS: 'schedule.writing=error:EIO' });
    expect((await scheduled.run('nightly')).outcome).toBe('failed');
    expectAlerts(seen(well, await scrape()), {
      FlowgScheduleFailed: [
        [
          { ...SCRAPED, ...WARNING, schedule: 'nightly', database: 'all', reason: 'backup' },
          'The schedule nightly has failed (backup): GET /api/v1/backups tells why',
        ],
      ],
      FlowgBackupOrRestoreFailed: [
        [
          { ...SCRAPED, ...WARNING, kind: 'backup', database: 'all', outcome: 'failed' },
          'A backup of all has failed: GET /api/v1/backups tells why',
        ],
      ],
    });
  });
});
