import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { MergeService } from '#src/logs/merge/merge.service.js';
import { FieldIndexesStore } from '#src/logs/streams/field-indexes.store.js';
import { run, steps } from './any-history.js';
import { lacking, openLogs, refusalOf, stageBackup, visible } from './logs-folder.js';

const RUNS = 25;
it(
  'brings what is missing and nothing else, whatever the two have in common',
  { timeout: 300_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(steps, steps, steps, async (common, liveOnly, backupOnly) => {
        const donor = await openLogs();
        const here = await openLogs();
        try {
          await run(donor, [...common, ...backupOnly]);
          await run(here, [...common, ...liveOnly]);
          const before = await visible(here.logs);
          // What has expired here and is not removed yet counts as there: a merge does not bring it back.
          const lying = await visible(here.logs, -1);
          const limits = new Map((await here.streams.list()).map(([name, { size }]) => [name, size]));
          const staged = await stageBackup(donor, here);
          const inBackup = await visible(staged);
          const service = new MergeService(here.logs);

          const promised = await service.preview(staged);
          expect(await visible(here.logs)).toEqual(before);
          const answer = await service.merge(staged);
          expect(answer).toEqual(promised);

          const after = await visible(here.logs);
          expect(lacking(after, before), 'lost').toEqual([]);
          const added = lacking(before, after);
          expect(answer.added).toBe(added.length);
          const wanted = lacking(lying, inBackup);
          expect(lacking(wanted, added), 'of neither').toEqual([]);
          const unlimited = (text: string) => (limits.get(JSON.parse(text)[0]) ?? 0) === 0;
          expect(lacking(added, wanted).filter(unlimited), 'did not come').toEqual([]);
          expect(await refusalOf(here.logs)).toBeUndefined();
          expect((await here.streams.list()).map(([name]) => name)).toEqual(
            expect.arrayContaining((await donor.streams.list()).map(([name]) => name)),
          );
          for (const [name, size] of limits)
            expect((await here.streams.usage(name)) <= (size || Infinity) * 2 ** 20).toBe(true);

          const again = await service.merge(staged);
          expect(again.added).toBe(0);
          expect(again.skipped).toBe(answer.skipped);
          expect(again.already_there).toBe(answer.already_there + answer.added);
          expect(await visible(here.logs)).toEqual(after);
          await new FieldIndexesStore(here.logs).buildStep();
          await new FieldIndexesStore(here.logs).buildStep();
          expect(await refusalOf(here.logs)).toBeUndefined();
        } finally {
          await donor.close();
          await here.close();
        }
      }),
      { numRuns: RUNS },
    );
  },
);
