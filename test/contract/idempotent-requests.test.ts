import { expect, test } from 'vitest';
import { epochMs } from '../../functions/migration/names.ts';
import { REQUEST_MS } from '../../functions/migration/requests/idempotent-requests-port.ts';
import { inBothWorlds } from '../support/worlds.ts';

const at = epochMs(Date.UTC(2026, 0, 1));
const answer = { status: 201, body: '{"migration":"é"}' };

let ids = 0;
const newId = () => {
  ids += 1;
  return `request-${ids}`;
};

inBothWorlds('idempotent requests', (ports) => {
  test('a request is begun once, and a repeated one gets its answer', async () => {
    const { requests } = ports();
    const id = newId();
    expect(await requests.begin(id, 'a', at)).toBeUndefined();
    expect(await requests.begin(id, 'a', at)).toEqual({ request: 'a' });
    await requests.finish(id, 'a', answer);
    expect(await requests.begin(id, 'a', at)).toEqual({ request: 'a', answer });
    expect(await requests.begin(id, 'b', epochMs(at + REQUEST_MS * 9))).toEqual({ request: 'a', answer });
  });

  test('a request without an answer is begun again after a while, and no sooner', async () => {
    const { requests } = ports();
    const id = newId();
    await requests.begin(id, 'a', at);
    expect(await requests.begin(id, 'a', epochMs(at + REQUEST_MS))).toEqual({ request: 'a' });
    expect(await requests.begin(id, 'a', epochMs(at + REQUEST_MS + 1))).toBeUndefined();
  });

  test('a deleted request is begun again; an answer is neither deleted nor replaced', async () => {
    const { requests } = ports();
    const id = newId();
    await requests.begin(id, 'a', at);
    await requests.forget(id, 'other');
    expect(await requests.begin(id, 'a', at)).toEqual({ request: 'a' });
    await requests.forget(id, 'a');
    await requests.forget(id, 'a');
    expect(await requests.begin(id, 'b', at)).toBeUndefined();
    await requests.finish(id, 'b', answer);
    await requests.finish(id, 'b', { status: 500, body: '' });
    await requests.forget(id, 'b');
    expect(await requests.begin(id, 'b', at)).toEqual({ request: 'b', answer });
  });
});
