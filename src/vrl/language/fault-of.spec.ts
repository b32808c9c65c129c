import { describe, expect, it } from 'vitest';
import { faultOf } from './fault-of.js';

function diagnosis(message: string, labels: { message: string; primary: boolean; span: [number, number] }[]) {
  return { diagnostic: { message, code: 1, severity: 'error', labels, notes: [] }, report: 'message: …\n' };
}

const at = (offset: number, message = 'here', primary = true) => ({
  message,
  primary,
  span: [offset, offset + 1] as [number, number],
});

describe('faultOf', () => {
  it('joins the message and the first primary label to one line', () => {
    const { diagnostic, report } = diagnosis('no such\nthing', [
      at(0, 'try this', false),
      at(5, 'undefined\n  function'),
      at(5, 'also'),
    ]);
    expect(faultOf({ diagnostic, report }, Buffer.from('.a = b()'))).toEqual({
      message: 'no such thing: undefined function',
      line: 1,
      column: 6,
      report: 'message: …',
    });
  });

  it.each(['', 'same'])('leaves out a label that adds nothing: "%s"', (label) => {
    expect(faultOf(diagnosis('same', [at(0, label)]), Buffer.from('x')).message).toBe('same');
  });

  it('stands at the beginning when there is no label', () => {
    expect(faultOf(diagnosis('lost', []), Buffer.from('x'))).toMatchObject({ line: 1, column: 1 });
  });

  it.each([
    ['.a = 1\n.b = x', 'x', 2, 6],
    ['.é = "日本😀"; x', 'x', 1, 13],
    ['# 😀😀\r\n\r\n  x', 'x', 3, 3],
    ['x', 'x', 1, 1],
  ])('counts lines and characters, not bytes: %j', (script, sought, line, column) => {
    const offset = Buffer.from(script).indexOf(sought);
    expect(faultOf(diagnosis('m', [at(offset)]), Buffer.from(script))).toMatchObject({ line, column });
  });

  it('can stand behind the last character', () => {
    expect(faultOf(diagnosis('m', [at(7)]), Buffer.from('.é =\n\n'))).toMatchObject({ line: 3, column: 1 });
  });
});
