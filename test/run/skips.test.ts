import { describe, expect, it } from 'vitest';
import { parseAllowedSkips, skipProblems } from './skips.ts';

describe('skipped tests in CI', () => {
  const allowed = parseAllowedSkips(
    '# reasons\n\na.test.ts > one — needs a Docker daemon\nb.test.ts > two\n',
  );

  it('pass when they are listed with a reason', () => {
    expect(skipProblems(['a.test.ts > one'], { ...allowed, malformed: [] })).toEqual([]);
  });

  it('fail when they are not listed, or listed without a reason', () => {
    expect(skipProblems(['a.test.ts > one', 'b.test.ts > two'], allowed)).toEqual([
      'test/allowed-skips.txt gives no reason in: b.test.ts > two',
      'skipped without a reason in test/allowed-skips.txt: b.test.ts > two',
    ]);
  });
});
