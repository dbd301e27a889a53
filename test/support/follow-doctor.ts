import type { MigrationId } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { runInProcess } from '../cli/run-in-process.ts';
import { ended } from './tenants.ts';

/** Number of commands after which a doctor that still has findings fails the test: its commands repeat without effect. */
const MOST = 25;
const MAX_SLEEP_MS = 50;

interface Answer {
  readonly healthy: boolean;
  readonly findings: readonly {
    readonly id: string;
    readonly severity: string;
    readonly what: string;
    readonly tenantId?: string;
    readonly migrationId?: MigrationId;
    readonly next: { readonly command?: string; readonly todo?: string };
  }[];
}

/** Returns ports with short pauses, since no other process changes the records during the test. */
const quick = (ports: Ports): Ports => ({
  ...ports,
  clock: { ...ports.clock, sleep: (ms, signal) => ports.clock.sleep(Math.min(ms, MAX_SLEEP_MS), signal) },
});

/** Runs `tierferry doctor --json`. */
export const askDoctor = async (ports: Ports, ...options: string[]): Promise<Answer> => {
  const { code, stdout, stderr } = await runInProcess(quick(ports), ['doctor', '--json', ...options]);
  const answer = JSON.parse(stdout) as Answer;
  if (code !== (answer.healthy ? 0 : 1)) throw new Error(`doctor exits with ${code}: ${stderr}${stdout}`);
  return answer;
};

/**
 * Follows the doctor as an operator does: runs its first command, waits until the started work has ended, and runs the doctor
 * again, until it has no finding.
 * @param isMine selects the findings to follow.
 * @returns the findings whose commands were run.
 * @throws Error if a command fails, or a finding has none
 */
export const followDoctor = async (
  ports: Ports,
  isMine: (finding: Answer['findings'][number]) => boolean = () => true,
): Promise<readonly string[]> => {
  const followed: string[] = [];
  for (;;) {
    const { findings } = await askDoctor(ports);
    const first = findings.find(isMine);
    if (!first) return followed;
    const { id, what, next } = first;
    if (followed.length >= MOST) throw new Error(`not healthy after ${followed.join(', ')}: ${what}`);
    if (next.command === undefined) throw new Error(`${id}: no command: ${what} ${next.todo}`);
    followed.push(id);
    await follow(ports, next.command);
  }
};

const follow = async (ports: Ports, command: string): Promise<void> => {
  const [, ...args] = command.split(' ').map((word) => word.replaceAll("'", ''));
  const words = command.includes(' --reason ') ? args.slice(0, args.indexOf('--reason')) : args;
  const ran = await runInProcess(quick(ports), words);
  if (ran.code !== 0) throw new Error(`${command}: exit code ${ran.code}: ${ran.stderr}`);
  const started = /^(?:retry|cancel)$/.test(words[0] ?? '') ? words[1] : undefined;
  if (started !== undefined) await ended(ports, started as MigrationId);
};
