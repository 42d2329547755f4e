import { expect, it } from 'vitest';
import { StandingComplaints } from './standing-complaints.ts';

it('is said when it begins, when it changes and when it is over, each once', () => {
  const complaints = new StandingComplaints<'stray lanes'>();
  const said = [undefined, '[9]', '[9]', '[9,10]', '[9,10]', undefined, undefined, '[9]'].map((detail) =>
    complaints.look('stray lanes', detail),
  );
  expect(said).toEqual([
    'nothing',
    'complain',
    'nothing',
    'complain',
    'nothing',
    'over',
    'nothing',
    'complain',
  ]);
});

it('keeps what is wrong with one thing apart from another', () => {
  const complaints = new StandingComplaints<'stray lanes' | 'upkeep'>();
  expect(complaints.look('stray lanes', 'x')).toBe('complain');
  expect(complaints.look('upkeep', 'x')).toBe('complain');
  expect(complaints.look('upkeep', undefined)).toBe('over');
  expect(complaints.look('stray lanes', 'x')).toBe('nothing');
});
