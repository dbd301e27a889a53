import type { Ports } from '../../functions/migration/ports.ts';

/** Returns ports for a step that dies once it has fenced: every later call fails. */
export const deadAfterFence = (ports: Ports): Ports => {
  let isDead = false;
  const checked = <Given extends unknown[], Answer>(call: (...given: Given) => Promise<Answer>) => {
    return async (...given: Given): Promise<Answer> => {
      if (isDead) throw new TypeError('planted: dead');
      return call(...given);
    };
  };
  return {
    ...ports,
    migrations: {
      ...ports.migrations,
      get: checked(ports.migrations.get),
      transition: checked(async (...given) => {
        const next = await ports.migrations.transition(...given);
        isDead = given[1] === 'cuttingOver';
        return next;
      }),
    },
    appliers: { ...ports.appliers, claim: checked(ports.appliers.claim) },
  };
};
