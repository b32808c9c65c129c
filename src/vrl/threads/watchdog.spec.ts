import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Progress, type Sighting } from './progress.js';
import { Watchdog } from './watchdog.js';

describe('Watchdog', () => {
  let progress: Progress;
  let barks: Sighting[];
  let watchdog: Watchdog;

  beforeEach(() => {
    vi.useFakeTimers();
    progress = new Progress();
    barks = [];
    watchdog = new Watchdog(progress, 1000, (at) => barks.push(at));
    watchdog.start();
  });
  afterEach(() => {
    watchdog.stop();
    vi.useRealTimers();
  });

  it('barks once, not before the time allowed and not a third later', () => {
    progress.enterRecord(3);
    vi.advanceTimersByTime(1000);
    expect(barks).toEqual([]);
    vi.advanceTimersByTime(300);
    expect(barks).toMatchObject([{ record: 3 }]);
    vi.advanceTimersByTime(5000);
    expect(barks).toHaveLength(1);
  });

  it('watches the compiler too', () => {
    progress.enterScript();
    vi.advanceTimersByTime(1300);
    expect(barks).toMatchObject([{ busy: true, record: undefined }]);
  });

  it('gives each step its own time', () => {
    for (let record = 0; record < 10; record++) {
      progress.enterRecord(record % 2);
      vi.advanceTimersByTime(900);
    }
    expect(barks).toEqual([]);
  });

  it('tells a record from the same one of the next task', () => {
    for (let task = 0; task < 10; task++) {
      progress.leave();
      progress.enterRecord(0);
      vi.advanceTimersByTime(900);
    }
    expect(barks).toEqual([]);
  });

  it('leaves a thread alone that does nothing, or still loads', () => {
    vi.advanceTimersByTime(60_000);
    progress.enterRecord(0);
    progress.leave();
    vi.advanceTimersByTime(60_000);
    expect(barks).toEqual([]);
  });
});
