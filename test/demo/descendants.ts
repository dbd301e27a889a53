import { readdirSync, readFileSync } from 'node:fs';

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** A pid is used again; a pid with its start time is not. */
  readonly key: string;
}

/** The machine's processes, by /proc: pid, state, parent, ..., start time. [proc_pid_stat(5)] */
const processes = (): Process[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        // a zombie is gone but for its parent, which may be anybody
        if (fields[0] === 'Z') return [];
        return [{ pid: Number(name), parent: Number(fields[1]), key: `${name}@${fields[19]}` }];
      } catch {
        // it ended meanwhile
        return [];
      }
    });

/** Notes every descendant that a process has while it is watched, to tell later which of them live on. Linux only. */
export class Descendants {
  readonly seen = new Set<string>();
  private readonly timer: NodeJS.Timeout;

  constructor(root: number) {
    this.timer = setInterval(() => this.look(root), 50);
  }

  /** Stops watching. @returns those that still live. */
  left(): string[] {
    clearInterval(this.timer);
    const living = new Set(processes().map(({ key }) => key));
    return [...this.seen].filter((key) => living.has(key));
  }

  private look(root: number): void {
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
