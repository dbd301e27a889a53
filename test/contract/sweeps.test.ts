import { expect, test } from 'vitest';
import { epochMs, type TenantId } from '../../functions/migration/names.ts';
import { inBothWorlds } from '../support/worlds.ts';

inBothWorlds('sweeps', (ports) => {
  test('the progress is read as it was saved last, and is empty if it was never saved', async () => {
    const { sweeps } = ports();
    expect(await sweeps.current()).toEqual({});
    for (const state of [{ after: 'a' as TenantId }, { endedAt: epochMs(7) }, {}]) {
      await sweeps.save(state);
      expect(await sweeps.current()).toEqual(state);
    }
  });
});
