import { type BundlingOptions, OutputFormat, SourceMapMode } from 'aws-cdk-lib/aws-lambda-nodejs';

/** How a handler becomes the one file that Lambda runs. */
export const bundling: BundlingOptions = {
  format: OutputFormat.ESM,
  target: 'node24',
  minify: true,
  // the state machine matches errors by the names of their classes
  keepNames: true,
  sourceMap: true,
  sourceMapMode: SourceMapMode.DEFAULT,
  sourcesContent: false,
  mainFields: ['module', 'main'],
  // the runtime's own SDK may be any version; ours is the one that was tested
  bundleAwsSDK: true,
  // some packages still call require()
  banner: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
};
