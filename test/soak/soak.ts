import { setTimeout as pause } from 'node:timers/promises';
import { TestServer } from '../support/test-server.js';
import { Leaks, retentionFaults } from './checks.js';
import type { Knobs } from './knobs.js';
import { Ledger } from './ledger.js';
import { Load } from './load.js';
import {
  entryFaults,
  type Fetched,
  fetchStored,
  liveFaults,
  restoreElsewhere,
  restoreInPlace,
} from './restores.js';
import { Schedules, type SoakSchedule } from './schedules.js';
import type { Store } from './stores.js';
import { Subject } from './subject.js';

const LONGEST_BEFORE_KILL_MS = 400;

/** One server under load that takes backups all the time, and what is found when it is killed and looked at. */
export class Soak {
  readonly faults: string[] = [];
  private readonly started = Date.now();
  private readonly ledger = new Ledger();
  private readonly load: Load;
  private readonly schedules: Schedules;
  private readonly leaks: Leaks;
  private looks = 0;
  private restores = 0;

  private constructor(
    private readonly subject: Subject,
    /** Where the data would go if the first one were lost. */
    private readonly other: TestServer,
    private readonly stores: Record<string, Store>,
    knobs: Knobs,
    temporary: string,
  ) {
    this.load = new Load(subject, this.ledger, knobs.entriesPerSecond);
    this.leaks = new Leaks(temporary);
    this.schedules = new Schedules(subject, schedulesFor(Object.keys(stores), knobs.everySeconds));
  }

  static async start(knobs: Knobs, stores: Record<string, Store>, temporary: string): Promise<Soak> {
    const settings = Object.entries(stores).map(([name, store]) => [name, store.settings]);
    const subject = await Subject.start({
      TMPDIR: temporary,
      FLOWG_UNDO_COUNT: '1',
      FLOWG_BACKUP_DESTINATIONS: JSON.stringify(Object.fromEntries(settings)),
    });
    const soak = new Soak(subject, await TestServer.start(), stores, knobs, temporary);
    await soak.schedules.turn(true);
    return soak;
  }

  get kills(): number {
    return this.subject.kills;
  }

  /** In the middle of backups and of whatever else is going on. Nothing that was acknowledged may be missing afterwards. */
  async kill(): Promise<void> {
    await this.schedules.begin();
    await pause(Math.random() * LONGEST_BEFORE_KILL_MS);
    await this.subject.killAndStart();
    this.blame('after a kill', await liveFaults(this.subject, this.ledger));
  }

  /** Lets schedules come to rest, compares everything with everything, restores, and goes on. */
  async lookAtEverything(): Promise<void> {
    await this.schedules.turn(false);
    await this.schedules.runAll();
    await this.load.hold();
    this.looks++;
    this.blame('retention', await retentionFaults(this.schedules, this.stores));
    this.blame('leaks', await this.leaks.faultsOf(this.subject));
    this.blame('live', await liveFaults(this.subject, this.ledger));
    await this.restoreAll();
    this.load.goOn();
    await this.schedules.turn(true);
  }

  async stop(): Promise<void> {
    await this.load.stop();
    this.blame('load', this.load.faults);
    await this.other.stop();
    await this.subject.server.stop();
    const code = await this.subject.server.ended();
    if (code !== 0) this.blame('stop', [`exit code ${code}`]);
  }

  /** It could not go on. */
  breakOff(error: Error): void {
    this.blame('broke off', [
      `${error.stack}\nthe server's log ends with\n${this.subject.server.log.slice(-3000)}`,
    ]);
  }

  facts(): string {
    const { kills, slowestStartMs } = this.subject;
    return [
      `soak: ${((Date.now() - this.started) / 60_000).toFixed(1)} minutes`,
      `${this.ledger.acknowledged} entries acknowledged`,
      this.schedules.summary(),
      `${kills} kills, slowest start after one ${slowestStartMs} ms`,
      `${this.looks} looks at everything, ${this.restores} restores`,
      `at most ${Math.round(this.leaks.mostResidentBytes / 1024 ** 2)} MiB of memory`,
      `${this.faults.length} faults`,
    ].join('; ');
  }

  /** The newest backup of each schedule into another server, then one of them into this one, now and then with a kill. */
  private async restoreAll(): Promise<void> {
    const ofLogs: Fetched[] = [];
    for (const { name, database } of this.schedules.all) {
      const row = await this.schedules.newest(name);
      if (!row) {
        this.blame(name, ['it has no good backup']);
        continue;
      }
      const fetched = await fetchStored(row, this.stores[row.stored!.destination]!);
      this.blame(name, fetched.faults);
      this.blame(name, await restoreElsewhere(fetched, this.other));
      this.restores++;
      if (database !== 'logs') continue;
      this.blame(name, await entryFaults(fetched, this.ledger));
      ofLogs.push(fetched);
    }
    // Only one: what the others hold is then of a state that has never been.
    const chosen = ofLogs[this.looks % ofLogs.length];
    if (!chosen) return;
    const kill = this.looks % 2 === 0;
    this.blame('in place', await restoreInPlace(chosen, this.subject, this.ledger, kill));
    this.restores++;
  }

  private blame(where: string, faults: string[]): void {
    const seconds = ((Date.now() - this.started) / 1000).toFixed(1);
    this.faults.push(...faults.map((fault) => `${seconds} s, ${where}: ${fault}`));
  }
}

function schedulesFor(destinations: string[], everySeconds: number): SoakSchedule[] {
  const cron = `*/${everySeconds} * * * * *`;
  return destinations.flatMap((destination) => [
    { name: `${destination}-logs`, database: 'logs', destination, cron, keep: { last: 3 } },
    { name: `${destination}-all`, database: 'all', destination, cron, keep: { last: 2 } },
  ]);
}
