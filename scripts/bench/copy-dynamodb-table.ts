import { createRequire } from 'node:module';
import * as z from 'zod';

/** The parts of the package `copy-dynamodb-table` and of the SDK below it that the benchmark uses; neither has types. */
const Package = z.object({
  copy: z.custom<(values: object, done: (error: unknown, result: unknown) => void) => void>(
    (value) => typeof value === 'function',
  ),
});
const Result = z.object({ count: z.number(), status: z.literal('SUCCESS') });

export interface Endpoint {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Copies a whole table with the package, as its README shows. @returns items copied */
export const copyWithPackage = async (at: Endpoint, source: string, destination: string): Promise<number> => {
  process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = '1';
  const { copy } = Package.parse(createRequire(import.meta.url)('copy-dynamodb-table'));
  const config = { endpoint: at.endpoint, region: at.region, ...at.credentials };
  const result = await new Promise((resolve, reject) => {
    copy(
      { config, source: { tableName: source }, destination: { tableName: destination }, log: false },
      (error, done) => (error ? reject(error) : resolve(done)),
    );
  });
  return Result.parse(result).count;
};
