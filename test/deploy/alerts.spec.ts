import { beforeAll, describe, expect, it } from 'vitest';
import { type Rule, ruleObject, rulesOf } from './alert-rules.js';
import { hasHelm } from './helm.js';
import { ADDED, FOREIGN, labelsOfMetric, registerMetrics } from './known-metrics.js';
import { deviations, hasPromtool } from './promtool.js';
import { WEATHER_OF_BACKUPS } from './weather-of-backups.js';
import { WEATHER_OF_EVENTS, WEATHER_OF_HARMLESS_EVENTS } from './weather-of-events.js';
import { WEATHER_OF_SCHEDULES } from './weather-of-schedules.js';
import { WEATHER_OF_SERVER } from './weather-of-server.js';
import { INSTALLED } from './weather.js';

const WEATHER = [
  ...WEATHER_OF_BACKUPS,
  ...WEATHER_OF_SCHEDULES,
  ...WEATHER_OF_SERVER,
  ...WEATHER_OF_EVENTS,
  ...WEATHER_OF_HARMLESS_EVENTS,
];

/** What the rules say, evaluated by Prometheus itself. */
describe.skipIf(!hasHelm || !hasPromtool)('the alerts, as Prometheus evaluates their rules', () => {
  const told = WEATHER.map(
    (weather) => [weather.alert, weather.fires ? 'fires' : 'is silent', weather.because, weather] as const,
  );
  let rules: Rule[];

  beforeAll(() => {
    rules = rulesOf(ruleObject(INSTALLED));
  });

  it.each(told)('%s %s, because %s', (alert, _verb, _because, weather) => {
    const own = rules.filter((rule) => rule.alert === alert);
    expect(deviations(own, weather)).toBe('');
  });

  it('are all of them tried, when they fire and when they do not', () => {
    const all = [...new Set(rules.map(({ alert }) => alert))].toSorted();
    for (const loud of [true, false]) {
      const tried = WEATHER.filter(({ fires }) => Boolean(fires) === loud).map(({ alert }) => alert);
      expect([...new Set(tried)].toSorted()).toEqual(all);
    }
  });
});

describe('the series that the alerts are tried with', () => {
  beforeAll(registerMetrics);

  it('are those of the server, with all of their labels', () => {
    for (const { series } of WEATHER)
      for (const name of Object.keys(series)) {
        const [metric] = /^\w+/.exec(name)!;
        if (FOREIGN.test(metric)) continue;
        const labels = [...name.matchAll(/(\w+)="/g)].map((found) => found[1]!);
        expect(labels.filter((label) => !ADDED.includes(label)).toSorted(), name).toEqual(
          labelsOfMetric(metric)?.toSorted(),
        );
      }
  });
});
