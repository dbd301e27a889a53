import { expect, test } from 'vitest';
import { epochMs, type TenantId } from '../../functions/migration/names.ts';
import { inBothWorlds } from '../support/worlds.ts';

inBothWorlds('sweeps', (ports) => {
  test('how far it has come is read as it was saved last, also by nobody before', async () => {
    const { sweeps } = ports();
    expect(await sweeps.current()).toEqual({});
    for (const state of [{ after: 'a' as TenantId }, { endedAt: epochMs(7) }, {}]) {
      await sweeps.save(state);
      expect(await sweeps.current()).toEqual(state);
    }
  });
});
