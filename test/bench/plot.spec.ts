import { describe, expect, it } from 'vitest';
import { plotOf } from '../../bench/harness/plot.js';
import { someResults } from './figures.js';

describe('a plot', () => {
  const plot = plotOf(someResults().figures);
  const widths = (kind: string) =>
    [...plot.matchAll(new RegExp(`class="${kind}".* width="([\\d.]+)"`, 'g'))].map(([, width]) =>
      Number(width),
    );

  it('has bars as long as what was measured, each figure in a scale of its own', () => {
    expect(widths('limit')).toEqual([440]);
    expect(widths('measured')).toEqual([220, 132]);
  });

  it('shows where the target is', () => {
    const places = [...plot.matchAll(/class="target" x1="([\d.]+)"/g)].map(([, x]) => Number(x) - 20);
    expect(places).toEqual([264, 440]);
    expect(plot).toContain('(target &gt;= 0.6 of the limit)');
    expect(plot).toContain('(target &lt;= 10 ms)');
  });

  it('is XML whatever the words are', () => {
    expect(plot).toContain('one &amp; one');
    expect(plot).toContain('1,000, a &lt;limit&gt;');
    expect(plot).not.toMatch(/&(?!amp;|lt;|gt;)/);
  });

  it('has colours for dark pages too', () => {
    expect(plot).toContain('prefers-color-scheme: dark');
  });
});
