import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { enter, flowOf, type Node, router, source, transform, when } from '../pipelines/pipeline-client.js';
import { Api } from './api.js';
import { perform, type Scenario, scenarios, type Step } from './scenario.js';
import { holds, purge, savePipeline, saveTransformer, send } from './steps.js';

/** Section 2, "Node types": what becomes of a record. Alerts: `alerts.spec.ts`. */

const api = new Api();
beforeAll(() => api.start());
afterAll(() => api.stop());
beforeEach(() => perform(api, purge('a'), purge('b'), purge('c')));

const save = (name: string, nodes: Node[], ...ways: string[]) => savePipeline(name, flowOf(nodes, ...ways));
const story = (name: string, first: Step, ...next: Step[]): Scenario => ({ name, ...first, next });

describe('nodes', () => {
  scenarios(api, [
    story(
      'router: stores in its stream, which is made by that; several may be in a row',
      save('p', [source(), router('a'), router('b')], 'in > a', 'in > b'),
      send('p', { n: '1' }),
      send('p', { n: '2' }),
      holds('a', { n: '2' }, { n: '1' }),
      holds('b', { n: '2' }, { n: '1' }),
    ),
    story(
      'source: direct unless it says something else',
      save('p', [{ id: 'in', type: 'source' }, router('a')], 'in > a'),
      send('p', { n: '1' }),
      holds('a', { n: '1' }),
    ),
    story(
      'source: of two of one type the last one is entered',
      save('p', [source('x'), source('y'), router('a'), router('b')], 'x > a', 'y > b'),
      send('p', { n: '1' }),
      holds('a'),
      holds('b', { n: '1' }),
    ),
    story(
      'switch: passes on what matches, and what does not is no error',
      save('p', [source(), when('if', 'level = "error"'), router('a')], 'in > if > a'),
      send('p', { level: 'error' }),
      send('p', { level: 'info' }),
      send('p', {}),
      holds('a', { level: 'error' }),
    ),
    story(
      'transform: what comes behind it sees the new fields, what stands beside it the old ones',
      saveTransformer('json', '. = parse_json!(.message)'),
      save('p', [source(), transform('json'), router('a'), router('b')], 'in > json > a', 'in > b'),
      send('p', { message: '{"code":7}' }),
      holds('a', { code: '7' }),
      holds('b', { message: '{"code":7}' }),
    ),
    story(
      'transform: the new version of a transformer counts at once',
      saveTransformer('json', '.new = "yes"'),
      send('p', { a: 'b' }),
      holds('a', { a: 'b', new: 'yes' }),
      holds('b', { a: 'b' }),
    ),
    story(
      'pipeline: is entered by its direct source',
      save('inner', [source(), source('log', 'syslog'), router('a'), router('b')], 'in > a', 'log > b'),
      save('outer', [source(), enter('more', 'inner')], 'in > more'),
      send('outer', { n: '1' }),
      holds('a', { n: '1' }),
      holds('b'),
    ),
    story(
      'pipeline: what it is changed to counts at once',
      save('inner', [source(), router('c')], 'in > c'),
      send('outer', { n: '1' }),
      holds('a'),
      holds('c', { n: '1' }),
    ),
    story(
      'two ways to one end: the record is there twice',
      save(
        'p',
        [source(), when('x', 'n = "1"'), when('y', 'n != "2"'), router('a')],
        'in > x > a',
        'in > y > a',
      ),
      send('p', { n: '1' }),
      holds('a', { n: '1' }, { n: '1' }),
    ),
    story(
      'an unused handle of an edge changes nothing',
      savePipeline('p', {
        nodes: [source(), router('a')],
        edges: [{ id: 'e', source: 'in', sourceHandle: 'nothing', target: 'a' }],
      }),
      send('p', { n: '1' }),
      holds('a', { n: '1' }),
    ),
  ]);
});
