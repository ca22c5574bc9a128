export interface Job {
  /** Starts no other run and resolves when the one under way has ended. */
  stop(): Promise<void>;
}

export interface JobParts {
  /** What the log calls it when a run fails. */
  readonly name: string;
  readonly everyMs: number;
  readonly log: { error(details: object, message: string): void };
  readonly run: () => Promise<void>;
}

/** Runs at once and then every so often, one run at a time. A run that fails is logged and is tried again when the next is due. */
export function startJob({ name, everyMs, log, run }: JobParts): Job {
  let running: Promise<void> | undefined;
  const runOnce = (): void => {
    running ??= run()
      .catch((error: unknown) =>
        log.error({ err: error, job: name }, "a job failed; it runs again when it is next due"),
      )
      .finally(() => {
        running = undefined;
      });
  };
  runOnce();
  const timer = setInterval(runOnce, everyMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
