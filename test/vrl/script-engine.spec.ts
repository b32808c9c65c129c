import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fields } from '#src/vrl/script-engine.js';
import type { VrlEngine } from '#src/vrl/vrl-engine.js';
import { createEngine, reasonOf, runOne } from './engines.js';

let engine: VrlEngine;

beforeAll(() => {
  engine = createEngine();
});
afterAll(() => engine.onApplicationShutdown());

/** Own properties whatever their names are, which a literal cannot have. */
const fields = (...entries: [string, string][]): Fields => Object.fromEntries(entries);

describe('what a script leaves becomes texts', () => {
  it.each<[script: string, result: Fields]>([
    ['.a = "text"', { a: 'text' }],
    ['.a = 42\n.b = -7\n.c = 0', { a: '42', b: '-7', c: '0' }],
    [
      '.a = 9007199254740991\n.b = 9007199254740993\n.c = 9223372036854775807',
      { a: '9007199254740991', b: '9007199254740993', c: '9223372036854775807' },
    ],
    ['.a = parse_json!("-9223372036854775808")', { a: '-9223372036854775808' }],
    ['.a = 1.0\n.b = 2.5\n.c = -0.0\n.d = 0.1', { a: '1', b: '2.5', c: '-0', d: '0.1' }],
    ['.a = parse_json!("1e21")\n.b = parse_json!("1e-7")', { a: '1000000000000000000000', b: '0.0000001' }],
    ['.a = parse_float!("inf")\n.b = parse_float!("-inf")\n.c = 1.5', { a: 'inf', b: '-inf', c: '1.5' }],
    ['.a = true\n.b = false', { a: 'true', b: 'false' }],
    ['.a = null\n.b = [null, 1]', { a: '', 'b.0': '', 'b.1': '1' }],
    [".a = r'^a\\d+$'", { a: '^a\\d+$' }],
    [".a = t'2021-01-01T00:00:00Z'", { a: '2021-01-01 00:00:00 UTC' }],
    [".a = t'2021-01-01T00:00:00.5Z'", { a: '2021-01-01 00:00:00.500 UTC' }],
    [".a = t'2021-01-01T00:00:00.123456Z'", { a: '2021-01-01 00:00:00.123456 UTC' }],
    [".a = t'2021-01-01T00:00:00.123456789Z'", { a: '2021-01-01 00:00:00.123456789 UTC' }],
    [".a = t'2021-01-01T02:00:00+02:00'", { a: '2021-01-01 00:00:00 UTC' }],
    ['.a = "2021-01-01T00:00:00Z"', { a: '2021-01-01T00:00:00Z' }],
    ['.a = decode_base64!("/w==")\n.b = decode_base64!("w6k=")', { a: '#ERROR#', b: 'é' }],
    ['.a = {"b": {"c": [1, {"d": 2}]}}', { 'a.b.c.0': '1', 'a.b.c.1.d': '2' }],
    ['.a = {}\n.b = []\n.c = [{}, [], 1]', { 'c.2': '1' }],
    ['.a.b = 1\n."a.b" = 2', { 'a.b': '2' }],
    ['.a = {"string": "x"}\n.b = {"float": null}', { 'a.string': 'x', 'b.float': '' }],
    [
      '.a = {"float": null}\n.b = 1\n.c = now() > t\'2021-01-01T00:00:00Z\'',
      { 'a.float': '', b: '1', c: 'true' },
    ],
    ['.a = tag_types_externally({"b": 1})', { 'a.b.integer': '1' }],
    ['. = [1]', {}],
    ['. = "x"', {}],
    ['. = "\ufffd"', {}],
    ['. = 5', {}],
    ['. = null', {}],
    ['. = {}', {}],
    ['. = {"a": {"b": 1}}', { 'a.b': '1' }],
    ['.a = 1 # and no more', { a: '1' }],
    ['.a = 1;', { a: '1' }],
    ['__r = 1\n.a = __r', { a: '1' }],
    ['.a = 1\nreturn {"b": 2}', { a: '1' }],
    ['.a = null\n.b = [1.5]\n.c = true\nreturn null', { a: '', 'b.0': '1.5', c: 'true' }],
    [".a = t'2021-01-01T00:00:00.5Z'\nreturn null", { a: '2021-01-01T00:00:00.500Z' }],
    ['. = [1]\nreturn null', {}],
  ])('%s', async (script, result) => {
    expect(await runOne(engine, script, {})).toStrictEqual(result);
  });
});

describe('a record goes in and out unchanged', () => {
  it.each<[name: string, record: Fields]>([
    ['plain', { message: 'hello', level: 'info' }],
    ['empty', {}],
    ['names like JavaScript’s own', fields(['__proto__', 'p'], ['constructor', 'c'], ['toJSON', 'j'])],
    ['names with points, quotes and NUL', { 'a.b': '1', 'q"\'': '2', 'n\0': '\0', '': 'empty', 'a..b': '3' }],
    ['names that are numbers', { '10': 'ten', '9': 'nine', '-1': 'minus one' }],
    ['any character', { text: '\u0001\ud83d\ude00\u2028\uffff é', 日本: '語' }],
    ['the replacement character', { text: 'a\ufffdb', other: 'c' }],
    ['what looks like a tagged value', { string: 'x', integer: '1', float: '' }],
    ['a name that only looks like nesting', { a: '1', 'a.b': '2' }],
  ])('%s', async (_, record) => {
    for (const script of ['', ' \n\t', '# a comment', '.']) {
      expect(new Map(Object.entries(await runOne(engine, script, record)))).toEqual(
        new Map(Object.entries(record)),
      );
    }
  });
});

describe('the functions that FlowG’s documentation uses', () => {
  it.each<[script: string, message: string, result: Fields]>([
    ['del(.message)\n.a = "b"', 'gone', { a: 'b' }],
    [
      '. = parse_json!(.message)',
      '{"level":"info","user":{"id":12},"tags":["a","b"],"ratio":0.25,"none":null}',
      { level: 'info', 'user.id': '12', 'tags.0': 'a', 'tags.1': 'b', ratio: '0.25', none: '' },
    ],
    [
      '. = parse_logfmt!(.message)',
      'level=info msg="hi there" n=5',
      { level: 'info', msg: 'hi there', n: '5' },
    ],
    [
      '. = parse_syslog!(.message)',
      '<34>1 2003-10-11T22:14:15.003Z host su 123 ID47 - failed for lonvick',
      {
        appname: 'su',
        facility: 'auth',
        hostname: 'host',
        message: 'failed for lonvick',
        msgid: 'ID47',
        procid: '123',
        severity: 'crit',
        timestamp: '2003-10-11 22:14:15.003 UTC',
        version: '1',
      },
    ],
    [
      '. = parse_apache_log!(.message, "common")',
      '127.0.0.1 bob frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326',
      {
        host: '127.0.0.1',
        identity: 'bob',
        message: 'GET /a.gif HTTP/1.0',
        method: 'GET',
        path: '/a.gif',
        protocol: 'HTTP/1.0',
        size: '2326',
        status: '200',
        timestamp: '2000-10-10 20:55:36 UTC',
        user: 'frank',
      },
    ],
  ])('%s', async (script, message, result) => {
    expect(await runOne(engine, script, { message })).toStrictEqual(result);
  });
});

describe('a record fails with the reason', () => {
  it.each<[script: string, record: Fields, reason: string | RegExp]>([
    ['abort', {}, 'aborted'],
    ['abort "not\nmine"', {}, 'not mine'],
    [
      '. = parse_json!(.message)',
      { message: '{' },
      /^function call error for "parse_json" at \(4:25\): unable to/,
    ],
    ['.a = 1', { text: 'half \ud83d' }, /half of a surrogate pair/],
    ['.a = 1', { '\ude00': '' }, /half of a surrogate pair/],
    ['abort string!(.m)', { m: 'x'.repeat(1000) }, 'x'.repeat(500)],
    ['.a = parse_json!(.m)', { m: `[${'1,'.repeat(20_000)}1]` }, 'the result has more than 20000 fields'],
  ])('%s', async (script, record, reason) => {
    expect(reasonOf(await runOne(engine, script, record))).toMatch(reason);
  });

  it('and no other record does', async () => {
    const records = [{ m: '{"a":1}' }, { m: '{' }, { m: '{"a":3}' }];
    const [first, second, third] = await engine.run('. = parse_json!(.m)', records);
    expect([first, third]).toEqual([{ a: '1' }, { a: '3' }]);
    expect(reasonOf(second)).toContain('unable to parse json');
  });
});

it('a script sees nothing of the server', async () => {
  process.env.FLOWG_TEST_SECRET = 'secret';
  const script = '.a = get_env_var("FLOWG_TEST_SECRET") ?? "nothing"\n.b = get_env_var("PATH") ?? "nothing"';
  expect(await runOne(engine, script, {})).toEqual({ a: 'nothing', b: 'nothing' });
});
