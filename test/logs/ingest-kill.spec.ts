import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { alertNode, PipelineClient, router, source, transform, when } from '../pipelines/pipeline-client.js';
import { TestServer } from '../support/test-server.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

/** CI: 50. */
const KILLS = Number(process.env.FLOWG_TEST_INGEST_KILLS ?? 8);
const CLIENTS = 8;
const RECORDS_OF_REQUEST = 5;

it(
  `kill -9 under ingest from ${CLIENTS} clients, ${KILLS} times: what was acknowledged is there exactly once, alerts that are owed come`,
  { timeout: 60_000 + KILLS * 15_000 },
  async () => {
    const hook = await WebhookReceiver.start();
    let server = await TestServer.start();
    try {
      const token = await server.login();
      const client = new PipelineClient(server, token);
      await client.saveTransformer('mark', '.marked = "yes"');
      await client.saveAlert('w', hook.url);
      await client.savePipeline(
        'p',
        [source(), transform('mark'), router('a'), router('b'), when('s', 'alert = "yes"'), alertNode('w')],
        'in > a',
        'in > mark > b',
        'in > s > w',
      );
      let next = 0;
      const acknowledged = new Set<number>();
      const attempted: number[][] = [];
      for (let kill = 0; kill < KILLS; kill++) {
        const before = acknowledged.size;
        let alive = true;
        const sender = async (form: number) => {
          const own = new PipelineClient(server, token);
          while (alive) {
            const numbers = Array.from({ length: form % 2 ? RECORDS_OF_REQUEST : 1 }, () => next++);
            attempted.push(numbers);
            const records = numbers.map((n) => ({ n: String(n), alert: n % 7 === 0 ? 'yes' : 'no' }));
            try {
              const { status } =
                records.length === 1
                  ? await own.request('POST', 'pipelines/p/logs', { record: records[0] })
                  : await own.struct('p', records);
              if (status === 200) for (const n of numbers) acknowledged.add(n);
            } catch {
              return;
            }
          }
        };
        const senders = Promise.all(Array.from({ length: CLIENTS }, (_, form) => sender(form)));
        while (acknowledged.size === before) await sleep(1);
        await sleep(Math.random() * 300);
        await server.kill();
        alive = false;
        await senders;
        server = await server.restarted();
        expect(acknowledged.size, 'nothing was acknowledged before the kill').toBeGreaterThan(before);
      }

      const after = new PipelineClient(server, token);
      const stored = {
        a: (await after.records('a')).map(({ fields }) => Number(fields.n)),
        b: (await after.records('b')).map(({ fields }) => Number(fields.n)),
      };
      for (const [stream, numbers] of Object.entries(stored)) {
        expect(new Set(numbers).size, `twice in ${stream}`).toBe(numbers.length);
        const there = new Set(numbers);
        expect(
          [...acknowledged].filter((n) => !there.has(n)),
          `lost from ${stream}`,
        ).toEqual([]);
      }
      expect(new Set(stored.a)).toEqual(new Set(stored.b));
      const there = new Set(stored.a);
      const torn = attempted.filter((numbers) => new Set(numbers.map((n) => there.has(n))).size > 1);
      expect(torn, 'requests of which only a part is there').toEqual([]);

      const owed = [...there].filter((n) => n % 7 === 0);
      const told = () => new Set(hook.fields.map(({ n }) => Number(n)));
      for (let tries = 0; tries < 600 && owed.some((n) => !told().has(n)); tries++) await sleep(50);
      expect(
        owed.filter((n) => !told().has(n)),
        'alerts that never came',
      ).toEqual([]);
      expect(
        [...told()].filter((n) => !there.has(n)),
        'alerts of what is not stored',
      ).toEqual([]);
      console.log(
        `${KILLS} kills, ${acknowledged.size} records acknowledged, ${there.size} stored, ${owed.length} alerts owed, ` +
          `${hook.calls.length} calls`,
      );
    } finally {
      await server.stop();
      await rm(server.dataDir, { recursive: true, force: true });
      await hook.stop();
    }
  },
);
