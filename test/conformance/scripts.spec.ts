import { afterAll, beforeAll, describe } from 'vitest';
import { Api } from './api.js';
import { success } from './expectation.js';
import { each, scenarios } from './scenario.js';

/** Section 2, "Transformer": what a script sees of a record, and how its result becomes text again. */

const api = new Api();
beforeAll(() => api.start());
afterAll(() => api.stop());

type Fields = Record<string, string>;

function becomes(rows: [name: string, code: string, record: Fields, result: Fields][]): void {
  scenarios(
    api,
    each(rows, ([name, code, record, result]) => ({
      name,
      method: 'POST',
      path: '/api/v1/test/transformer',
      json: { code, record },
      answer: success({ record: result }),
    })),
  );
}

describe('a result becomes text', () => {
  becomes([
    ['text', '.a = "é 🙂"', {}, { a: 'é 🙂' }],
    ['bytes that are not UTF-8', '.a = decode_base64!("/w==")', {}, { a: '#ERROR#' }],
    ['an integer', '.a = -9223372036854775807', {}, { a: '-9223372036854775807' }],
    ['a fraction', '.a = 1.5', {}, { a: '1.5' }],
    ['booleans', '.a = true\n.b = false', {}, { a: 'true', b: 'false' }],
    ['a regular expression: its source', ".a = r'^a+$'", {}, { a: '^a+$' }],
    ['a timestamp', ".a = t'2026-01-31T09:30:00Z'", {}, { a: '2026-01-31 09:30:00 UTC' }],
    ['null', '.a = null', {}, { a: '' }],
    ['an object, joined by dots', '.foo = {"bar": {"baz": 1}}', {}, { 'foo.bar.baz': '1' }],
    ['a list, by place', '.bar.baz = ["x", 2]', {}, { 'bar.baz.0': 'x', 'bar.baz.1': '2' }],
    ['a list of objects', '.a = [{"b": null}]', {}, { 'a.0.b': '' }],
    ['what is empty vanishes', '.a = {}\n.b = []\n.c = [[], {}]', { d: 'x' }, { d: 'x' }],
    ['a list in place of the record: nothing', '. = [{"a": "b"}]', { a: 'b' }, {}],
    ['a text in place of the record: nothing', '. = "text"', { a: 'b' }, {}],
  ]);
});

describe('a script sees', () => {
  becomes([
    ['the fields as text', '.kind = is_string(.n)', { n: '5' }, { kind: 'true', n: '5' }],
    ['no timestamp', '.has = exists(.timestamp)', {}, { has: 'false' }],
    ['no metadata', '.meta = encode_json(%)', {}, { meta: '{}' }],
    ['an empty name', '.a = get!(., [""])', { '': 'x' }, { '': 'x', a: 'x' }],
    ['nothing to do in an empty script', '', { b: '1', a: '2' }, { a: '2', b: '1' }],
    ['what it deletes', 'del(.a)', { a: '1', b: '2' }, { b: '2' }],
    ['several ways on', 'if .a == "1" { .b = "yes" } else { .b = "no" }', { a: '1' }, { a: '1', b: 'yes' }],
  ]);
});

describe("the functions of the reference's own guides", () => {
  const APACHE = '127.0.0.1 bob frank [10/Oct/2000:13:55:36 -0700] "GET /a.png HTTP/1.0" 200 2326';

  becomes([
    [
      'parse_json',
      '. = parse_json!(.message)',
      { message: '{"level":"error","code":7,"tags":["a"]}' },
      { code: '7', level: 'error', 'tags.0': 'a' },
    ],
    ['parse_logfmt', '. = parse_logfmt!(.message)', { message: 'a=1 b="x y"' }, { a: '1', b: 'x y' }],
    [
      'parse_syslog',
      '. = parse_syslog!(.message)',
      { message: '<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su 77 ID47 - it failed' },
      {
        appname: 'su',
        facility: 'auth',
        hostname: 'mymachine.example.com',
        message: 'it failed',
        msgid: 'ID47',
        procid: '77',
        severity: 'crit',
        timestamp: '2003-10-11 22:14:15.003 UTC',
        version: '1',
      },
    ],
    [
      'parse_apache_log',
      '. = parse_apache_log!(.message, "common")',
      { message: APACHE },
      {
        host: '127.0.0.1',
        identity: 'bob',
        message: 'GET /a.png HTTP/1.0',
        method: 'GET',
        path: '/a.png',
        protocol: 'HTTP/1.0',
        size: '2326',
        status: '200',
        timestamp: '2000-10-10 20:55:36 UTC',
        user: 'frank',
      },
    ],
  ]);
});
