import { describe, expect, test } from 'vitest';
import { OTHER_PERMISSIONS, STEP_PERMISSIONS } from '../../infra/step-permissions.ts';
import { invoke, type LocalFunction } from '../../scripts/local/invoke.ts';
import { Environments } from '../../scripts/local/strict/lambda/environments.ts';
import { ProcessExit } from '../../scripts/local/strict/lambda/process-exit.ts';
import { StrictLambda } from '../../scripts/local/strict/lambda/strict-lambda.ts';
import { type GivenStrictSettings, parseStrictSettings } from '../../scripts/local/strict/strict-settings.ts';
import { until } from '../support/until.ts';

const settingsOf = (lambda: GivenStrictSettings['lambda']) =>
  parseStrictSettings({ lambda: { coldStartMs: 0, reservedConcurrency: {}, ...lambda } }).lambda;
const echo: LocalFunction = async (event) => event;
/** A function that ends on command. */
const held = () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { run: async () => promise, end: resolve };
};
const limitedBy = (lambda: GivenStrictSettings['lambda'], random?: () => number) => {
  const account = new StrictLambda(settingsOf(lambda), random);
  return (name: string, run: LocalFunction = echo, timeoutSeconds?: number) =>
    invoke(account.limit(name, run), {}, timeoutSeconds);
};
const TOO_MANY = expect.objectContaining({
  name: 'Lambda.TooManyRequestsException',
  message: expect.stringMatching(
    /^Rate Exceeded\. \(Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException; Request ID: [0-9a-f-]{36}; Proxy: null\)$/,
  ),
});

describe('concurrency', () => {
  test('of an account is refused beyond its limit for any functions, and free again afterwards', async () => {
    const call = limitedBy({ accountConcurrency: 2 });
    const [one, other] = [held(), held()];
    const running = [call('One', one.run), call('Other', other.run)];
    await expect(call('Third')).rejects.toThrow(TOO_MANY);
    one.end();
    await running[0];
    expect(await call('Third')).toEqual({});
    other.end();
    await running[1];
  });

  test('that is reserved for a function is its limit, and is taken from the others', async () => {
    const call = limitedBy({ accountConcurrency: 3, reservedConcurrency: { Capture: 2 } });
    const [capture, other] = [held(), held()];
    const running = [call('Capture', capture.run), call('Capture', capture.run), call('Other', other.run)];
    await expect(call('Capture')).rejects.toThrow(TOO_MANY);
    await expect(call('Third')).rejects.toThrow(TOO_MANY);
    other.end();
    await running[2];
    expect(await call('Third')).toEqual({});
    await expect(call('Capture')).rejects.toThrow(TOO_MANY);
    capture.end();
    await Promise.all(running);
  });

  test('is reserved as in the deployment, and never all of it', () => {
    const ofDeployment = Object.entries({ ...STEP_PERMISSIONS, ...OTHER_PERMISSIONS }).flatMap(
      ([name, permissions]) =>
        permissions.concurrency === undefined ? [] : [[name, permissions.concurrency]],
    );
    expect(parseStrictSettings({}).lambda.reservedConcurrency).toEqual(Object.fromEntries(ofDeployment));
    expect(() => parseStrictSettings({ lambda: { accountConcurrency: 10 } })).toThrow(
      'leaves nothing of accountConcurrency',
    );
  });

  test('of zero turns a function off', async () => {
    await expect(limitedBy({ reservedConcurrency: { Off: 0 } })('Off')).rejects.toThrow(TOO_MANY);
  });

  test('is free again after a failure, and after a time-out whose work continues here', async () => {
    const call = limitedBy({ accountConcurrency: 1 });
    await expect(call('Fail', () => Promise.reject(new Error('planted')))).rejects.toThrow('planted');
    const { run, end } = held();
    await expect(call('Slow', run, 0.02)).rejects.toThrow(
      expect.objectContaining({ name: 'Sandbox.Timedout' }),
    );
    await until('the environment of the time-out to be lost', async () => {
      try {
        return (await call('Next')) !== undefined;
      } catch {
        return false;
      }
    });
    end();
  });
});

describe('an environment', () => {
  const limits = { accountConcurrency: 10, reservedConcurrency: {}, keptMs: 100 };

  test('is started for a function once, and again if the first is busy', () => {
    const environments = new Environments(limits, () => 0);
    const first = environments.take('One');
    expect([first?.isWarm, environments.take('One')?.isWarm, environments.take('Other')?.isWarm]).toEqual([
      false,
      false,
      false,
    ]);
    first?.release();
    expect([environments.take('One')?.isWarm, environments.take('One')?.isWarm]).toEqual([true, false]);
  });

  test('that was idle for long, or whose process has ended, is not used again', () => {
    let now = 0;
    const environments = new Environments(limits, () => now);
    environments.take('One')?.release();
    now = 100;
    const next = environments.take('One');
    expect(next?.isWarm).toBe(false);
    next?.lose();
    next?.release();
    expect(environments.take('One')?.isWarm).toBe(false);
  });

  test('that is new takes its start time before the function begins', async () => {
    const order: string[] = [];
    const call = limitedBy({ coldStartMs: 200 });
    const cold = call('One', async () => order.push('cold'));
    await limitedBy({})('Other', async () => order.push('beside'));
    await cold;
    expect(order).toEqual(['beside', 'cold']);
  });
});

describe('a function', () => {
  test('whose process ends has the error that Lambda gives it, without a trace', async () => {
    const call = limitedBy({});
    const killed = async () => {
      throw new ProcessExit('signal: killed');
    };
    const error: Error = await call('One', killed).then(
      () => expect.unreachable(),
      (thrown) => thrown,
    );
    expect(error.name).toBe('Runtime.ExitError');
    expect(JSON.parse(error.message)).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(
        /^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: signal: killed$/,
      ),
    });
  });

  /** Numbers that are drawn in this order: for a failure of Lambda, for a crash, and for the time of the crash. */
  const drawing = (...numbers: number[]) => ({ random: () => numbers.shift() ?? 0.99 });

  test.each([
    ['before', 0.2, 0],
    ['after', 0.7, 1],
  ])('crashes %s its work at the configured rate', async (_, moment, worked) => {
    let work = 0;
    const call = limitedBy({ crashShare: 0.1 }, drawing(0.5, 0.05, moment, 0.5, 0.1).random);
    const run = async () => {
      work += 1;
    };
    await expect(call('One', run)).rejects.toThrow(expect.objectContaining({ name: 'Runtime.ExitError' }));
    expect(work).toBe(worked);
    await call('One', run);
  });

  test('is not started if Lambda itself fails', async () => {
    let work = 0;
    const call = limitedBy({ serviceFailureShare: 0.1 }, drawing(0.05, 0.1).random);
    const run = async () => {
      work += 1;
    };
    await expect(call('One', run)).rejects.toThrow(
      expect.objectContaining({
        name: 'Lambda.AWSLambdaException',
        message: expect.stringContaining('Service: AWSLambda; Status Code: 503'),
      }),
    );
    expect(work).toBe(0);
    await call('One', run);
    expect(work).toBe(1);
  });

  test('that throws has the same error as without limits', async () => {
    const planted = Object.assign(new Error('no'), { name: 'Planted' });
    await expect(limitedBy({})('One', () => Promise.reject(planted))).rejects.toThrow(
      expect.objectContaining({ name: 'Planted', message: expect.stringContaining('"errorMessage":"no"') }),
    );
  });
});
