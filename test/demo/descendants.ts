import { readdirSync, readFileSync } from 'node:fs';

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** A process, identified by pid and start time, because pids are reused. */
  readonly key: string;
}

/** Reads all processes of the machine from /proc: pid, state, parent, ..., start time. [proc_pid_stat(5)] */
const processes = (): Process[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        // a zombie has ended; only its parent, which may be any process, has not collected it
        if (fields[0] === 'Z') return [];
        return [{ pid: Number(name), parent: Number(fields[1]), key: `${name}@${fields[19]}` }];
      } catch {
        // the process ended in between
        return [];
      }
    });

/** Records every descendant of a process, to report later which of them are still running. Linux only. */
export class Descendants {
  readonly seen = new Set<string>();
  private readonly timer: NodeJS.Timeout;

  constructor(root: number) {
    this.timer = setInterval(() => this.addDescendants(root), 50);
  }

  /** Stops recording. @returns descendants that are still running. */
  left(): string[] {
    clearInterval(this.timer);
    const living = new Set(processes().map(({ key }) => key));
    return [...this.seen].filter((key) => living.has(key));
  }

  private addDescendants(root: number): void {
    const all = processes();
    const family = new Set([root]);
    for (let size = 0; size !== family.size; ) {
      size = family.size;
      for (const { pid, parent, key } of all) {
        if (!family.has(parent)) continue;
        family.add(pid);
        this.seen.add(key);
      }
    }
  }
}
