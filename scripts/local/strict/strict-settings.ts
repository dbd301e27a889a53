import * as z from 'zod';
import { DynamoDbSettings } from './dynamodb/dynamodb-settings.ts';
import { LambdaSettings } from './lambda/lambda-settings.ts';
import { StepFunctionsSettings } from './step-functions/step-functions-settings.ts';
import { StreamsSettings } from './streams/streams-settings.ts';

/** How the embedded stack answers as AWS is documented to. What is not given is as realistic as the documents allow. */
const StrictSettings = z.strictObject({
  /** All delays are divided by this, so that tests need not wait as long as on AWS. */
  scale: z.number().positive().default(1),
  dynamodb: DynamoDbSettings,
  streams: StreamsSettings,
  lambda: LambdaSettings,
  stepFunctions: StepFunctionsSettings,
});
export type StrictSettings = z.output<typeof StrictSettings>;
/** Settings as a person or a test gives them. */
export type GivenStrictSettings = z.input<typeof StrictSettings>;

/** @returns settings from outside, as they were given. @throws z.ZodError */
export const checkedStrictSettings = (given: unknown): GivenStrictSettings => StrictSettings.parse(given);

/** @returns the settings with their delays at scale. @throws z.ZodError */
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
