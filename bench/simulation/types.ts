/** What the process of one chain is to do. */
export type ChainOrder = {
  readonly logs: number;
  /** Checkpoints of each log. */
  readonly rounds: number;
  /** Of each log. */
  readonly devices: number;
  /** Of each device in each round. */
  readonly messages: number;
};

/** What became of it. CPU in microseconds, memory in bytes. */
export type ChainReport = {
  readonly logs: number;
  readonly messages: number;
  readonly checkpoints: number;
  /** Gas of each checkpoint's transaction. */
  readonly gas: readonly number[];
  /** What failed, each as a sentence. */
  readonly failures: readonly string[];
  /** Steps that failed and were tried again. */
  readonly retries: readonly string[];
  /** From the first message to the last final checkpoint. */
  readonly seconds: number;
  readonly cpuUs: number;
  /** CPU of the same while nothing is sent. */
  readonly idleCpuUsPerS: number;
  readonly memoryBytes: number;
};
