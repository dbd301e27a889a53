import * as z from 'zod';
import { DynamoDbSettings } from './dynamodb/dynamodb-settings.ts';
import { LambdaSettings } from './lambda/lambda-settings.ts';
import { StepFunctionsSettings } from './step-functions/step-functions-settings.ts';
import { StreamsSettings } from './streams/streams-settings.ts';

/**
 * Settings that make the embedded stack answer as AWS is documented to. The defaults are as realistic as the documents
 * allow.
 */
const StrictSettings = z.strictObject({
  /** Divides all delays, so that tests need not wait as long as on AWS. */
  scale: z.number().positive().default(1),
  dynamodb: DynamoDbSettings,
  streams: StreamsSettings,
  lambda: LambdaSettings,
  stepFunctions: StepFunctionsSettings,
});
export type StrictSettings = z.output<typeof StrictSettings>;
/** Settings as given by a user or a test. */
export type GivenStrictSettings = z.input<typeof StrictSettings>;

/** Checks settings from outside, and returns them as they were given. @throws z.ZodError */
export const checkedStrictSettings = (given: unknown): GivenStrictSettings => StrictSettings.parse(given);

/** Parses settings, and divides their delays by `scale`. @throws z.ZodError */
export const parseStrictSettings = (given: unknown): StrictSettings => {
  const { scale, dynamodb, streams, lambda, stepFunctions } = StrictSettings.parse(given);
  return {
    scale,
    dynamodb: atScale(dynamodb, scale),
    streams: atScale(streams, scale),
    lambda: atScale(lambda, scale),
    stepFunctions: atScale(stepFunctions, scale),
  };
};

/** Divides every delay of a section: each number whose name ends with `Ms`. */
const atScale = <Section extends object>(section: Section, scale: number): Section => ({
  ...section,
  ...Object.fromEntries(
    Object.entries(section)
      .filter(([name, value]) => name.endsWith('Ms') && typeof value === 'number')
      .map(([name, value]) => [name, Number(value) / scale]),
  ),
});
