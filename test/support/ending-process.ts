import type { Ports } from '../../functions/migration/ports.ts';

/** The process has ended. */
export class ProcessEnded extends Error {
  override readonly name = 'ProcessEnded';
}

/** The call at which a process ends: before it is sent, or after it took effect and before its answer arrives. */
export interface End {
  readonly call: number;
  readonly when: 'before' | 'after';
}

/**
 * Returns the ports of a process that ends at one of its calls: that call and all later ones throw `ProcessEnded`. Reading the
 * clock, ids, random numbers, logs and metrics are no calls.
 */
export const endingProcess = (ports: Ports, { call, when }: End): Ports => {
  let calls = 0;
  let hasEnded = false;
  const end = (): never => {
    hasEnded = true;
    throw new ProcessEnded(`${when} call ${call}`);
  };
  const counted = (send: () => unknown): unknown => {
    calls += 1;
    const isLast = calls === call;
    if (hasEnded || (isLast && when === 'before')) return end();
    const answer = send();
    if (!isLast) return answer;
    return answer instanceof Promise ? answer.then(end) : end();
  };
  const endingPort = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => counted(() => Reflect.apply(value, target, given));
      },
    });
  return {
    ...ports,
    partition: (tenantId) => endingPort(ports.partition(tenantId)),
    tables: endingPort(ports.tables),
    streamReaders: endingPort(ports.streamReaders),
    migrations: endingPort(ports.migrations),
    registry: endingPort(ports.registry),
    routes: endingPort(ports.routes),
    admissions: endingPort(ports.admissions),
    requests: endingPort(ports.requests),
    workflow: endingPort(ports.workflow),
    events: endingPort(ports.events),
  };
};
