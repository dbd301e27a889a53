import type { Exchange, Ready, Vector } from './messages.ts';
import { runVector, type VectorFailure } from './run-vector.ts';

export interface VectorResults {
  readonly passed: number;
  readonly failures: readonly VectorFailure[];
  /** Vectors for features that the router does not have. */
  readonly skipped: number;
}

/** Runs every vector that the router has the features for. */
export const runVectors = async (
  vectors: readonly Vector[],
  exchange: Exchange,
  { features }: Pick<Ready, 'features'>,
): Promise<VectorResults> => {
  const applicable = vectors.filter(
    (vector) => vector.features?.every((one) => features.includes(one)) ?? true,
  );
  const failures: VectorFailure[] = [];
  for (const vector of applicable) {
    const failure = await runVector(vector, exchange);
    if (failure) failures.push(failure);
  }
  return {
    passed: applicable.length - failures.length,
    failures,
    skipped: vectors.length - applicable.length,
  };
};
