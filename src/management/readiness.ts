import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { DATABASE_NAMES, type DatabaseName } from '../database/database.js';
import { Databases } from '../database/databases.js';

/** A database that does not answer within this is not ready. */
const PATIENCE_MILLISECONDS = 2000;

/** Whether the server can take requests: all four databases answer a read, and no stop is under way. */
@Injectable()
export class Readiness implements BeforeApplicationShutdown {
  private stopping = false;

  constructor(private readonly databases: Databases) {}

  beforeApplicationShutdown(): void {
    this.stopping = true;
  }

  /** @returns what is in the way; nothing when the server is ready. */
  async obstacles(): Promise<string[]> {
    if (this.stopping) return ['the server is stopping'];
    const answers = await Promise.all(DATABASE_NAMES.map((name) => this.answers(name)));
    return DATABASE_NAMES.filter((_, index) => !answers[index]).map(
      (name) => `the ${name} database does not answer`,
    );
  }

  private answers(name: DatabaseName): Promise<boolean> {
    let timer: NodeJS.Timeout;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), PATIENCE_MILLISECONDS);
    });
    const read = this.databases
      .get(name)
      .read((manager) => manager.query('SELECT 1 FROM manifest'))
      .then(
        () => true,
        () => false,
      );
    return Promise.race([read, late]).finally(() => clearTimeout(timer));
  }
}
