import * as fc from 'fast-check';
import { expect } from 'vitest';
import { download, records, upload } from '../support/backup-client.js';
import type { TestServer } from '../support/test-server.js';
import { downloadAll, uploadAll } from '../support/whole-backup.js';

/** What must be live. Logs by their numbers, which grow with time. */
interface State {
  scripts: Map<string, string>;
  logs: Set<number>;
}

interface Saved extends State {
  /** Logs with a higher number came after it. */
  number: number;
  archive: Buffer;
  config: Buffer;
  logsFile: Buffer;
}

/** A map in memory that does what the server should. */
export class Model {
  state: State = { scripts: new Map(), logs: new Set() };
  saved: Saved[] = [];
  /** The newest restore that can be undone, and what was there before it. */
  undoable?: { id: string; before: State };
  number = 0;

  copy({ scripts, logs }: State = this.state): State {
    return { scripts: new Map(scripts), logs: new Set(logs) };
  }
}

/** The server of a run, which crashes and is started again. */
export interface Real {
  server: TestServer;
  token: string;
}

async function liveLogs({ server, token }: Real): Promise<number[]> {
  const numbers = (await records(server, token)).map(({ fields }) => Number(fields.message!.split(' ')[1]));
  return numbers.toSorted((a, b) => a - b);
}

/** Compares everything that the model knows. */
async function expectSame(model: Model, real: Real): Promise<void> {
  const { server, token } = real;
  const { transformers } = await server.ok('GET', '/api/v1/transformers', { token });
  const scripts = new Map<string, string>();
  for (const name of transformers as string[])
    scripts.set(name, (await server.ok('GET', `/api/v1/transformers/${name}`, { token })).script);
  expect(Object.fromEntries(scripts)).toEqual(Object.fromEntries(model.state.scripts));
  expect(await liveLogs(real)).toEqual([...model.state.logs].toSorted((a, b) => a - b));
}

class Step implements fc.AsyncCommand<Model, Real> {
  constructor(
    private readonly text: string,
    private readonly possible: (model: Model) => boolean,
    private readonly act: (model: Model, real: Real) => Promise<void>,
  ) {}

  check(model: Readonly<Model>): boolean {
    return this.possible(model);
  }

  async run(model: Model, real: Real): Promise<void> {
    await this.act(model, real);
    await expectSame(model, real);
  }

  toString(): string {
    return this.text;
  }
}

const always = () => true;
const hasSaved = (model: Model) => model.saved.length > 0;
const pick = (model: Model, which: number) => model.saved[which % model.saved.length]!;

async function send(
  { server, token }: Real,
  what: 'all' | 'config' | 'logs',
  file: Buffer,
  query = '',
): Promise<string> {
  const answer = await (what === 'all'
    ? uploadAll(server, token, file, query)
    : upload(server, token, what, file, query));
  expect(answer.status, answer.text).toBe(200);
  return answer.body.restore_id;
}

const write = fc.record({ name: fc.constantFrom('a', 'b', 'c'), text: fc.nat(9) }).map(
  ({ name, text }) =>
    new Step(`write ${name}=${text}`, always, async (model, { server, token }) => {
      const script = `.n = ${text}`;
      await server.ok('PUT', `/api/v1/transformers/${name}`, { token, json: { script } });
      model.state.scripts.set(name, script);
    }),
);

const remove = fc.constantFrom('a', 'b', 'c').map(
  (name) =>
    new Step(
      `delete ${name}`,
      (model) => model.state.scripts.has(name),
      async (model, { server, token }) => {
        await server.ok('DELETE', `/api/v1/transformers/${name}`, { token });
        model.state.scripts.delete(name);
      },
    ),
);

const append = fc.integer({ min: 1, max: 4 }).map(
  (count) =>
    new Step(`ingest ${count}`, always, async (model, { server, token }) => {
      for (let time = 0; time < count; time++) {
        const message = `log ${++model.number}`;
        await server.ok('POST', '/api/v1/pipelines/default/logs', { token, json: { record: { message } } });
        model.state.logs.add(model.number);
      }
    }),
);

const purge = fc.constant(
  new Step('purge', always, async (model, { server, token }) => {
    await server.request('DELETE', '/api/v1/streams/default', { token });
    model.state.logs.clear();
  }),
);

const backUp = fc.constant(
  new Step('backup', always, async (model, { server, token }) => {
    model.saved.push({
      ...model.copy(),
      number: model.number,
      archive: (await downloadAll(server, token)).bytes,
      config: (await download(server, token, 'config')).bytes,
      logsFile: (await download(server, token, 'logs')).bytes,
    });
  }),
);

/** All of it, or one database; to be confirmed or not. */
const restore = fc
  .record({ which: fc.nat(20), what: fc.constantFrom('all', 'config', 'logs'), confirm: fc.boolean() })
  .map(
    ({ which, what, confirm }) =>
      new Step(`restore ${what} ${which}${confirm ? ' and confirm' : ''}`, hasSaved, async (model, real) => {
        const saved = pick(model, which);
        const file = { all: saved.archive, config: saved.config, logs: saved.logsFile }[what];
        const id = await send(real, what, file, confirm ? '?confirm_within=600' : '');
        const before = model.copy();
        const { scripts, logs } = model.copy(saved);
        if (what !== 'logs') model.state.scripts = scripts;
        if (what !== 'config') model.state.logs = logs;
        model.undoable = { id, before: { ...before } };
        if (what === 'config') model.undoable.before.logs = model.state.logs;
        if (what === 'logs') model.undoable.before.scripts = model.state.scripts;
        const { server, token } = real;
        if (confirm) await server.ok('POST', `/api/v1/restores/${id}/confirm`, { token });
      }),
  );

const keepNewer = fc.nat(20).map(
  (which) =>
    new Step(`restore logs ${which}, keeping newer ones`, hasSaved, async (model, real) => {
      const saved = pick(model, which);
      const id = await send(real, 'logs', saved.logsFile, '?keep_newer=true');
      const before = model.copy();
      const newer = [...before.logs].filter((number) => number > saved.number);
      const found = await liveLogs(real);
      expect(found).toEqual(expect.arrayContaining([...saved.logs, ...newer]));
      // A log from shortly before the backup that is not in it counts as newer too: it may have waited to be stored.
      const possible = new Set([...saved.logs, ...before.logs]);
      expect(found.filter((number) => !possible.has(number))).toEqual([]);
      model.state.logs = new Set(found);
      model.undoable = { id, before: { scripts: model.state.scripts, logs: before.logs } };
    }),
);

const merge = fc.nat(20).map(
  (which) =>
    new Step(`merge ${which}`, hasSaved, async (model, real) => {
      const { logs, logsFile } = pick(model, which);
      await send(real, 'logs', logsFile, '?mode=merge');
      for (const number of logs) model.state.logs.add(number);
    }),
);

const undo = fc.constant(
  new Step(
    'undo',
    (model) => model.undoable !== undefined,
    async (model, { server, token }) => {
      const { id, before } = model.undoable!;
      const { restore: run } = await server.ok('POST', `/api/v1/restores/${id}/undo`, { token });
      const current = model.state;
      model.state = before;
      // What the restore had not touched is one and the same before and after it.
      model.undoable = { id: run.id, before: current };
    },
  ),
);

const dryRun = fc.nat(20).map(
  (which) =>
    new Step(`preview ${which}`, hasSaved, async (model, real) => {
      await send(real, 'all', pick(model, which).archive, '?dry_run=true');
    }),
);

const restart = fc.boolean().map(
  (crash) =>
    new Step(crash ? 'crash' : 'restart', always, async (_model, real) => {
      if (crash) await real.server.kill();
      real.server = await real.server.restarted();
    }),
);

/** Any order of anything. */
export function steps(most: number) {
  const kinds = [
    write,
    remove,
    append,
    append,
    purge,
    backUp,
    restore,
    restore,
    keepNewer,
    merge,
    undo,
    undo,
    dryRun,
  ];
  return fc.commands([...kinds, restart], { maxCommands: most, size: 'max' });
}
