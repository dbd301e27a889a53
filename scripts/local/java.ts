import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** The oldest Java that DynamoDB Local 3 runs on. */
const JAVA_VERSION = 17;

/** The path of a Java that can run DynamoDB Local, or the reason why there is none. */
export type Java = { readonly path: string } | { readonly missing: string };

/** Finds Java in JAVA_HOME, else on the PATH. */
export const findJava = async (env: NodeJS.ProcessEnv = process.env): Promise<Java> => {
  let missing = 'there is no Java on this machine';
  for (const path of [...(env.JAVA_HOME ? [join(env.JAVA_HOME, 'bin', 'java')] : []), 'java']) {
    const version = await javaVersion(path, env);
    if (version !== undefined && version >= JAVA_VERSION) return { path };
    if (version !== undefined) missing = `Java on this machine is version ${version}`;
  }
  return { missing: `DynamoDB Local needs Java ${JAVA_VERSION} or newer, and ${missing}` };
};

const javaVersion = async (path: string, env: NodeJS.ProcessEnv): Promise<number | undefined> => {
  try {
    const { stderr } = await run(path, ['-version'], { env });
    // 17.0.15, 21-ea, or 1.8.0_392 for Java 8
    const [, major, minor] = /version "(\d+)(?:\.(\d+))?/.exec(stderr) ?? [];
    return major === '1' ? Number(minor) : major ? Number(major) : undefined;
  } catch {
    // there is no Java, or only the stub of macOS that says where to get one
    return undefined;
  }
};

export const INSTALL_JAVA = [
  `install Java ${JAVA_VERSION} or newer`,
  '(Debian and Ubuntu: sudo apt-get install openjdk-17-jdk-headless;',
  'macOS: brew install openjdk@17 and follow what it says about the link)',
].join(' ');
