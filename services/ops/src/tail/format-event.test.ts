import { describe, expect, test } from 'vitest';
import { eventAsBlock, eventAsJson, type ShownEvent } from './format-event.ts';

const event: ShownEvent = {
  topic: 'order_placed',
  partition: 3,
  message: {
    offset: 12n,
    key: '0198c0de',
    value: '{"total":"12.50","note":"größer ☃"}',
    headers: { ce_id: '0198c0de:1', 'content-type': 'application/json' },
    timestamp: Date.UTC(2026, 0, 31, 12),
  },
};

const withMessage = (part: Partial<ShownEvent['message']>): ShownEvent => ({
  ...event,
  message: { ...event.message, ...part },
});

describe('an event as JSON', () => {
  test('is one line that holds the value as Kafka has it', () => {
    const line = eventAsJson(withMessage({ value: '{ "a":\n1.0 }' }));

    expect(line).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(line)).toEqual({
      topic: 'order_placed',
      partition: 3,
      offset: 12,
      time: '2026-01-31T12:00:00.000Z',
      key: '0198c0de',
      headers: event.message.headers,
      value: '{ "a":\n1.0 }',
    });
  });
});

describe('an event as a block', () => {
  test('has its headers in a column and its value laid out', () => {
    expect(eventAsBlock(event, 'plain')).toBe(
      [
        'order_placed/3 offset 12 key 0198c0de 2026-01-31T12:00:00.000Z',
        '  ce_id         0198c0de:1',
        '  content-type  application/json',
        '  {',
        '    "total": "12.50",',
        '    "note": "größer ☃"',
        '  }',
        '',
        '',
      ].join('\n'),
    );
  });

  test('is coloured only when asked', () => {
    expect(eventAsBlock(event, 'coloured')).toContain('\u001b[');
    expect(eventAsBlock(event, 'plain')).not.toContain('\u001b[');
  });

  test('shows what is no JSON, and lets no message write elsewhere on the screen', () => {
    const hostile = withMessage({
      key: 'a\u001b[2Jb',
      value: 'not json\u0007',
      headers: { 'x\r': '\u009b' },
    });

    expect(eventAsBlock(hostile, 'plain')).toBe(
      [
        'order_placed/3 offset 12 key a\\u001b[2Jb 2026-01-31T12:00:00.000Z',
        '  x\\u000d  \\u009b',
        '  not json\\u0007',
        '',
        '',
      ].join('\n'),
    );
  });
});
