import { Counter, Gauge } from 'prom-client';

/** In prom-client's own registry, which `management/` serves. */
const messages = new Counter({
  name: 'flowg_syslog_messages_total',
  help: 'Syslog messages that were processed, by outcome',
  labelNames: ['outcome'],
});

const dropped: Counter = new Counter({
  name: 'flowg_syslog_dropped_total',
  help: 'Syslog messages, or connections, that were not taken in, by reason',
  labelNames: ['reason'],
  collect: () => {
    const seen = readings.kernelDrops();
    dropped.inc({ reason: 'kernel' }, Math.max(0, seen - kernelDropsCounted));
    kernelDropsCounted = seen;
  },
});

const depth: Gauge = new Gauge({
  name: 'flowg_syslog_queue_depth',
  help: 'Syslog messages that wait to be processed',
  collect: () => depth.set(readings.depth()),
});

/** What is read only when somebody asks for metrics. */
export interface Readings {
  /** Messages that wait. */
  depth: () => number;
  /** Datagrams that the system has thrown away since the start of the listener. */
  kernelDrops: () => number;
}

let readings: Readings = { depth: () => 0, kernelDrops: () => 0 };
let kernelDropsCounted = 0;

export type Outcome = 'accepted' | 'failed';

/**
 * `queue_full`: a datagram for which there was no room. `origin`: a datagram or a connection from an address that may
 * not send. `oversized`: a message of more than a mebibyte, of which a part or all is lost. `connections`: a connection
 * that is one too many. `tls`: one whose handshake failed. Besides these there is `kernel`: a datagram that never reached
 * this process.
 */
export type DropReason = 'queue_full' | 'origin' | 'oversized' | 'connections' | 'tls';

// A series that is there from the start can be told from one that a typing error looks for.
for (const outcome of ['accepted', 'failed']) messages.inc({ outcome }, 0);
for (const reason of ['queue_full', 'origin', 'oversized', 'connections', 'tls', 'kernel'])
  dropped.inc({ reason }, 0);

/** @param count of the messages that the sink took, or did not. */
export function countMessages(outcome: Outcome, count: number): void {
  messages.inc({ outcome }, count);
}

export function countDropped(reason: DropReason): void {
  dropped.inc({ reason });
}

/** To be called by a listener that starts. */
export function measure(fromNowOn: Readings): void {
  readings = fromNowOn;
  kernelDropsCounted = 0;
}
