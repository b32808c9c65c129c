import { describe, expect, it } from 'vitest';
import { refusalText } from './refusal-text.js';

describe('refusalText', () => {
  it.each([
    ['Termination;\naborted', 'aborted'],
    [
      'Termination;\nfunction call error at (5:21): no\n\tJSON\u2028here',
      'function call error at (5:21): no JSON here',
    ],
    ['Compilation Error;\nmessage: syntax error\ncode: 203', 'message: syntax error code: 203'],
    ['Termination;\n', 'the script ended without a reason'],
  ])('%j', (message, text) => {
    expect(refusalText(new Error(message))).toBe(text);
  });

  it('has at most 500 characters, none of them halved', () => {
    const text = refusalText(new Error(`Termination;\n${'😀'.repeat(600)}`));
    expect(text).toBe('😀'.repeat(500));
  });

  it.each([
    new Error('unreachable'),
    new RangeError('Maximum call stack size exceeded'),
    'Termination;\nx',
    undefined,
  ])('knows what no script said: %s', (error) => {
    expect(refusalText(error)).toBeUndefined();
  });
});
