/** Where messages go: the port that another module implements. It is bound by `SyslogModule.to`. */
export abstract class SyslogSink {
  /**
   * Takes a batch of parsed messages, at most 500, in the order of their arrival. The next batch is not handed over
   * before this one is settled: how long it takes is how fast senders over TCP may send.
   * @throws anything: then the whole batch counts as failed, and is not tried again.
   */
  abstract take(records: Record<string, string>[]): Promise<void>;
}
