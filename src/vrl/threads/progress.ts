const STEP = 0;
const PLACE = 1;

/** Places; the records follow from `FIRST_RECORD` on. */
const NOWHERE = 0;
const SCRIPT = 1;
const TOGETHER = 2;
const FIRST_RECORD = 3;

export interface Sighting {
  /** Another number for each place that the thread comes to. */
  step: number;
  /** False between two tasks, and until the thread has loaded what it needs. */
  busy: boolean;
  /** The record of the task that is being worked on; undefined: none, or several. */
  record?: number;
  /** Several records are being worked on in one execution. */
  together: boolean;
}

/**
 * Where a thread is in its task, in memory that it shares with the main thread: a script holds its thread until it ends,
 * so nothing else could be asked meanwhile.
 */
export class Progress {
  private readonly cells: Int32Array;

  /** @param memory that of the other side; none: a new one. */
  constructor(readonly memory = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.cells = new Int32Array(memory);
  }

  /** If the step is that of an earlier sighting, so is the place: it is read first, and written last. */
  look(): Sighting {
    const place = Atomics.load(this.cells, PLACE);
    const step = Atomics.load(this.cells, STEP);
    return {
      step,
      busy: place !== NOWHERE,
      together: place === TOGETHER,
      record: place < FIRST_RECORD ? undefined : place - FIRST_RECORD,
    };
  }

  enterScript(): void {
    this.moveTo(SCRIPT);
  }

  enterTogether(): void {
    this.moveTo(TOGETHER);
  }

  enterRecord(index: number): void {
    this.moveTo(FIRST_RECORD + index);
  }

  leave(): void {
    this.moveTo(NOWHERE);
  }

  private moveTo(place: number): void {
    Atomics.add(this.cells, STEP, 1);
    Atomics.store(this.cells, PLACE, place);
  }
}
